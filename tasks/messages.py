"""Messages to customers: queued in the transaction of the fact they tell of, sent by a job."""

from typing import Any

import css_inline
from flask import current_app, render_template
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.activity import log, tell
from models.base import db, locked
from models.claimable import LONGEST_WAIT
from models.clock import now
from models.contact import one_address, valid_address
from models.credit_note import credit_note_of
from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.organization import the_organization
from models.pay_link import PayLink
from models.payment import Payment
from models.people import User, new_token, require
from models.refund import Refund
from models.refusal import OutsideError, Refused
from tasks import later, once_more, transaction
from tasks.claiming import Claim, work_on
from tasks.mailer import Letter, OutOfReach, one_line, send, sender

SENT_KINDS = {"invoice": "sent", "receipt": "receipt_sent", "refund": "refund_notice_sent"}


def queue_mail(
    session: Session,
    kind: str,
    cause: str,
    invoice: Invoice,
    to: str,
    by: User | None = None,
    subject_id: int = 0,
) -> Mail:
    """Write the message down in the caller's transaction; a job sends it after the commit."""
    mail = Mail(
        cause=cause,
        kind=kind,
        invoice=invoice,
        to_address=to,
        data={"subject_id": subject_id, "due": invoice.due().amount},
        message_id=f"<{new_token()}@{_mail_domain()}>",
        made_by_id=by.id if by else None,
        due_at=now(),
    )
    session.add(mail)
    session.flush()
    later(deliver, mail.id)
    return mail


def deliver(mail_id: int) -> None:
    """Send one message if it is due, and record that the mail server has accepted it."""
    work_on(Mail, mail_id, _deliver)


@once_more
def retry_mail(mail_id: int, by: User) -> None:
    """Try a failed message again now."""
    require(by, "invoices.send")
    with transaction() as session:
        mail = locked(session, Mail, mail_id)
        if mail.state != "failed":
            raise Refused("This message is not waiting for a retry.")
        mail.wake()
        log(session, by, "mail.retry", f"mail:{mail.id}")
        later(deliver, mail.id)


def _deliver(claim: Claim) -> None:
    if _superseded(claim):
        return
    try:
        letter = _write(claim.row_id)
        db.session.rollback()
        claim.renew()
        send(letter)
    except (OutsideError, Refused) as error:
        if isinstance(error, Refused) or error.permanent:
            _tell_failure(claim.row_id, str(error))
        if isinstance(error, OutOfReach):
            _let_others_wait()
        raise
    _record_sent(claim, letter)


@once_more
def _let_others_wait() -> None:
    """One message asks for the server; if each did, a server that hangs would keep payments from coming home."""
    with transaction() as session:
        Mail.put_off(session, now() + LONGEST_WAIT)


@once_more
def _superseded(claim: Claim) -> bool:
    """An invoice that was voided or paid while its mail waited must not ask for money, nor a receipt thank for none."""
    with transaction() as session:
        mail = session.get_one(Mail, claim.row_id)
        if not _overtaken(session, mail):
            return False
        claim.finish(session)
        mail.superseded_at = now()
        log(session, None, "mail.supersede", f"mail:{mail.id}")
        return True


def _overtaken(session: Session, mail: Mail) -> bool:
    """A copy of a paid invoice, asked for after it was paid, is no longer a demand and goes out."""
    if mail.kind == "receipt":
        return session.get_one(Payment, mail.data["subject_id"]).status == "reversed"
    if mail.kind == "refund":
        return session.get_one(Refund, mail.data["subject_id"]).state in ("failed", "canceled")
    if mail.kind != "invoice":
        return False
    invoice = session.get_one(Invoice, mail.invoice_id)
    return invoice.voided_at is not None or (bool(mail.data.get("due")) and not invoice.due().amount)


@once_more
def _record_sent(claim: Claim, letter: Letter) -> None:
    with transaction() as session:
        claim.finish(session)
        mail = session.get_one(Mail, claim.row_id)
        mail.sent_at = now()
        mail.subject, mail.html, mail.text = one_line(letter.subject), letter.html, letter.text
        if mail.kind == "invoice":
            locked(session, Invoice, mail.invoice_id).mark_sent(mail.sent_at)
        tell(
            session,
            SENT_KINDS[mail.kind],
            f"mail:{mail.id}:sent",
            mail.invoice_id,
            user_id=mail.made_by_id,
            money=_told_amount(session, mail),
            at=mail.sent_at,
            detail=f"to {mail.to_address}",
        )


def _told_amount(session: Session, mail: Mail) -> Money:
    """Of the invoice, the payment or the refund that it tells of."""
    if mail.kind == "receipt":
        return session.get_one(Payment, mail.data["subject_id"]).money
    if mail.kind == "refund":
        return session.get_one(Refund, mail.data["subject_id"]).money
    return session.get_one(Invoice, mail.invoice_id).grand_total()


def _tell_failure(mail_id: int, error: str) -> None:
    with transaction() as session:
        mail = session.get_one(Mail, mail_id)
        tell(
            session,
            "mail_failed",
            f"mail:{mail.id}:failed:{mail.attempts}:{now().timestamp():.0f}",
            mail.invoice_id,
            money=_told_amount(session, mail),
            detail=f"{mail.to_address}: {error}",
        )


def _write(mail_id: int) -> Letter:
    """Refuses an address that is not exactly one."""
    session = db.session
    mail = session.get_one(Mail, mail_id)
    organization = the_organization(session)
    context = _context(session, mail) | {"organization": organization}
    # One rendering gives both: the page, and the `subject` that the template sets.
    page: Any = current_app.jinja_env.get_template(f"mail/{mail.kind}.html").make_module(context)
    return Letter(
        to=one_address(mail.to_address),
        sender_name=organization.name,
        subject=str(page.subject),
        text=render_template(f"mail/{mail.kind}.txt", **context),
        html=css_inline.inline(str(page), keep_at_rules=True, load_remote_stylesheets=False),
        message_id=mail.message_id,
        reply_to=valid_address(organization.support_email),
    )


def _context(session: Session, mail: Mail) -> dict[str, object]:
    """What the templates of a message may use."""
    invoice = session.get_one(Invoice, mail.invoice_id)
    subject_id = mail.data.get("subject_id") or 0
    context: dict[str, object] = {
        "invoice": invoice,
        "totals": invoice.totals(),
        "due": invoice.due(),
        "customer": (invoice.contact_snapshot or {}).get("name", ""),
        "url": pay_url(session, invoice.id),
    }
    if mail.kind == "receipt":
        context["payment"] = session.get_one(Payment, subject_id)
    if mail.kind == "refund":
        context |= {"refund": session.get_one(Refund, subject_id), "credit_note": credit_note_of(session, subject_id)}
    return context


def pay_url(session: Session, invoice_id: int) -> str | None:
    """The customer's link as it is valid now, or None when the invoice has none."""
    query = select(PayLink).where(PayLink.invoice_id == invoice_id, PayLink.revoked_at.is_(None))
    link = session.scalars(query.order_by(PayLink.id.desc()).limit(1)).one_or_none()
    return None if link is None else f"{current_app.config['PUBLIC_URL']}/pay/{link.token}"


def _mail_domain() -> str:
    return sender().rsplit("@", 1)[-1]
