"""The customer's way to an invoice: its link, and what is seen of it."""

import logging
from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.activity import Activity, log, tell
from models.base import locked
from models.checkout import UNSETTLED, Checkout
from models.clock import now
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import gettext
from models.money import Money
from models.organization import the_organization
from models.parts import refuse_unpayable
from models.pay_link import PayLink, pay_url, present_link
from models.people import User, hash_token, new_token, require
from models.refusal import Conflict, OutsideError, Refused
from models.stripe_account import active_account
from tasks import once_more, reading, transaction
from tasks.checkouts import close_checkouts
from tasks.documents import ask_document

logger = logging.getLogger("paydesk.pay")

# So long an opening waits for the page's own word that a person looks at it: people read slowly, scanners never say so.
PATIENCE = timedelta(minutes=10)
PORTION = 200


@once_more
def pay_link(invoice_id: int, by: User) -> str:
    """The customer's link, for staff to copy. Issues a draft first."""
    require(by, "invoices.send")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        invoice.recipient()
        make_payable(session, invoice, by)
        url = pay_url(session, invoice.id)
    return url or ""


def make_payable(session: Session, invoice: Invoice, by: User) -> None:
    """Issued and with a link, or refused."""
    account = active_account(session)
    if account is None:
        raise Refused(gettext("Connect Stripe to send this invoice."))
    account.refuse_unless_chargeable()
    invoice.refuse_unready()
    refuse_unpayable(invoice)
    edits = invoice.edits
    if invoice.issue(session, the_organization(session), by):
        ask_document(session, present_version(session, invoice))
        cause = f"invoice:{invoice.id}:issued"
        tell(session, "issued", cause, invoice.id, user_id=by.id, money=invoice.grand_total())
        log(session, by, "invoice.issue", f"invoice:{invoice.id}", {"edits": edits}, {"number": invoice.number})
    if present_link(session, invoice.id) is None:
        _new_link(session, invoice)


def _new_link(session: Session, invoice: Invoice) -> PayLink:
    token = new_token()
    link = PayLink(invoice=invoice, token_hash=hash_token(token), token=token)
    session.add(link)
    session.flush()
    return link


def replace_link(invoice_id: int, by: User, link_id: int) -> bool:
    """Another link from now on; this one, and so each message sent so far, leads to the invoice no more.

    Then what its customer has open at Stripe is closed, and recorded if it was paid. False when that must wait for
    Stripe: it is tried again by itself. Does nothing when this link is not the valid one any more: a second press
    makes no third link.
    """
    require(by, "invoices.send")
    return not _replace(invoice_id, by, link_id) or _closes(invoice_id)


@once_more
def _replace(invoice_id: int, by: User, link_id: int) -> bool:
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if link := _end(session, invoice_id, by, link_id):
            link.replaced_by_id = _new_link(session, invoice).id
            cause = f"invoice:{invoice_id}:link:{link_id}:replaced"
            tell(session, "link_replaced", cause, invoice_id, user_id=by.id)
            change = {"link": link_id}, {"link": link.replaced_by_id}
            log(session, by, "invoice.replace_link", f"invoice:{invoice_id}", *change)
        return link is not None


def revoke_link(invoice_id: int, by: User, link_id: int) -> bool:
    """Take this link back; the invoice has none until somebody sends it again or asks for its Pay Link.

    Then what its customer has open at Stripe is closed, and recorded if it was paid. False when that must wait for
    Stripe: it is tried again by itself. Does nothing when the invoice has no link any more; refuses when another one
    is valid, which somebody may have been given already.
    """
    require(by, "invoices.send")
    return not _revoke(invoice_id, by, link_id) or _closes(invoice_id)


@once_more
def _revoke(invoice_id: int, by: User, link_id: int) -> bool:
    with transaction() as session:
        locked(session, Invoice, invoice_id)
        if link := _end(session, invoice_id, by, link_id):
            cause = f"invoice:{invoice_id}:link:{link_id}:revoked"
            tell(session, "link_revoked", cause, invoice_id, user_id=by.id)
            log(session, by, "invoice.revoke_link", f"invoice:{invoice_id}", {"link": link_id}, {"link": None})
        elif present_link(session, invoice_id):
            raise Conflict(
                gettext("The Pay Link was replaced meanwhile. Nothing was revoked: look at the new one first.")
            )
        return link is not None


def _closes(invoice_id: int) -> bool:
    """Close what was begun by a link that is over; the sweep finds what cannot be closed now."""
    try:
        close_checkouts(invoice_id)
    except OutsideError as error:
        logger.warning("What was begun by a link that is over is still open at Stripe: %s", error)
    with reading() as session:
        still_open = select(Checkout.id).where(Checkout.invoice_id == invoice_id, Checkout.state.in_(UNSETTLED))
        return session.scalars(still_open.limit(1)).first() is None


def _end(session: Session, invoice_id: int, by: User, link_id: int) -> PayLink | None:
    """The link that is valid no more from now on, or nothing where this one was not valid."""
    link = present_link(session, invoice_id)
    if link is None or link.id != link_id:
        return None
    link.revoked_at, link.revoked_by_id, link.opened_at = now(), by.id, None
    session.flush()
    return link


@once_more
def record_view(invoice_id: int, by_staff: bool) -> None:
    """Somebody has really looked at the pay page. A member of staff does not count as the customer."""
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        day = the_organization(session).today()
        if by_staff:
            cause = _seen(invoice_id, "viewed_by_staff", day)
            tell(session, "viewed_by_staff", cause, invoice_id, money=_shown(invoice))
            return
        invoice.viewed_at = invoice.viewed_at or now()
        cause = _seen(invoice_id, "viewed", day)
        tell(session, "viewed", cause, invoice_id, actor="customer", money=_shown(invoice))


def _shown(invoice: Invoice) -> Money:
    """What the page asks for; its total once that is nothing."""
    return invoice.due() if invoice.due().amount else invoice.grand_total()


def _seen(invoice_id: int, kind: str, day: date) -> str:
    """What is seen of a page is told once a day."""
    return f"invoice:{invoice_id}:{kind}:{day}"


@once_more
def note_opening(link_id: int) -> None:
    """The page of a link was asked for; whether by a person is not known yet. Once a day is enough."""
    with transaction() as session:
        today = the_organization(session).today()
        unknown = (PayLink.id == link_id, PayLink.opened_at.is_(None), PayLink.revoked_at.is_(None))
        anew = PayLink.noted_on.is_distinct_from(today)
        session.execute(update(PayLink).where(*unknown, anew).values(opened_at=now()))


def judge_openings() -> None:
    """Tell of the links that were opened ten minutes ago and that nobody has looked at: a scanner, or a preview.

    Scheduled every minute.
    """
    with reading() as session:
        waiting = select(PayLink.id, PayLink.invoice_id).where(PayLink.opened_at < now() - PATIENCE)
        opened = session.execute(waiting.order_by(PayLink.opened_at).limit(PORTION)).all()
    for link_id, invoice_id in opened:
        _judge(invoice_id, link_id)


@once_more
def _judge(invoice_id: int, link_id: int) -> None:
    with transaction() as session:
        locked(session, Invoice, invoice_id)
        link = locked(session, PayLink, link_id)
        if link.opened_at is None or link.opened_at >= now() - PATIENCE:
            return
        opened_at, link.opened_at = link.opened_at, None
        organization = the_organization(session)
        link.noted_on = day = organization.day_of(opened_at)
        if not _was_seen(session, invoice_id, {day, organization.day_of(opened_at + PATIENCE)}):
            cause = f"invoice:{invoice_id}:opened:{day}"
            tell(session, "link_opened", cause, invoice_id, at=opened_at)


def _was_seen(session: Session, invoice_id: int, days: set[date]) -> bool:
    """By a person, on one of these days: who comes back on the same day is not told apart from a scanner."""
    causes = [_seen(invoice_id, kind, day) for kind in ("viewed", "viewed_by_staff") for day in days]
    return session.scalar(select(Activity.id).where(Activity.cause.in_(causes)).limit(1)) is not None
