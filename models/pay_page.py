"""What a customer may see of one invoice, read in one query."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Exists,
    Row,
    ScalarSelect,
    Select,
    and_,
    exists,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased, contains_eager

from models.brand_file import BrandFile
from models.checkout import UNSETTLED, Checkout
from models.contact import Contact
from models.credit_note import CreditNote
from models.foreseen import foreseen
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.mail import Mail
from models.money import Money
from models.organization import Organization
from models.parts import Parts, parts_of
from models.pay_history import (
    canceled_credit_notes,
    first_given_back,
    last_given_back,
    owed_back,
    receipt_sent_at,
    returns_by_stripe,
)
from models.pay_link import PayLink
from models.payment import Payment
from models.people import hash_token
from models.stripe_account import StripeAccount

SESSION_ID = re.compile(r"cs_[A-Za-z0-9_]{1,110}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PayPage:
    """`document` is what the customer was sent, `invoice` has the live figures.

    `checkout` is the newest one, or the one that the customer comes back from; `payment` what became of it.
    """

    link_id: int
    revoked_at: datetime | None
    # There is another link, which works.
    is_replaced: bool
    # A message which leads to that one has gone out.
    newer_was_sent: bool
    opened_at: datetime | None
    noted_on: date | None
    # The contact's, as it is now; None: as the browser says.
    language: str | None
    invoice: Invoice
    version_id: int
    version_made_at: datetime
    document: dict[str, Any]
    # The newest that is valid.
    credit_note: str | None
    organization: Organization
    logo: BrandFile | None
    account: StripeAccount | None
    checkout: Checkout | None
    payment: Payment | None
    # A receipt for the payment is sent or on its way; some of the money is on its way back through Stripe.
    has_receipt: bool
    returns_by_stripe: bool
    # The account of the checkout lets us in no more, so nobody tells us what becomes of it.
    is_lost: bool
    # Of a refund that came back to us, in minor units; numbers of credit notes that are no longer valid.
    owed_back: int | None
    canceled: str | None
    # When the first and the last of it went back, and when the receipt for the payment went out.
    first_given_back: datetime | None
    last_given_back: datetime | None
    receipt_sent_at: datetime | None
    # What came in and what is on its way, the oldest first.
    payments: tuple[Payment, ...]

    @property
    def received(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status == "succeeded"]

    @property
    def on_its_way(self) -> list[Payment]:
        return [payment for payment in self.payments if payment.status == "processing"]

    @property
    def canceled_credit_notes(self) -> list[str]:
        return sorted((self.canceled or "").split())

    @property
    def is_revoked(self) -> bool:
        """The link leads here no more: another was made in its place, or it was only taken back."""
        return self.revoked_at is not None

    @property
    def due(self) -> Money:
        """What is to be paid now; of a draft, what would be."""
        return self.invoice.grand_total() if self.invoice.is_draft else self.invoice.due()

    @property
    def is_opening_news(self) -> bool:
        """That somebody asks for the page was not noted today; one opening at a time waits to be judged."""
        return self.opened_at is None and self.noted_on != self.organization.today()

    @property
    def state(self) -> str:
        """One of void, refunded, processing, paid, confirming, unheard, unavailable, open."""
        if self.invoice.status in ("Void", "Refunded"):
            return self.invoice.status.lower()
        if not self.due.amount and not self.invoice.is_draft:
            return "processing" if self.invoice.processing else "paid"
        if self._is_unrecorded("complete"):
            return self._unconfirmed
        if self.checkout and self.checkout.is_parked and not self.checkout.has_run_out():
            return "unavailable"
        return "open" if self.account and self.account.charges_enabled else "unavailable"

    @property
    def due_date(self) -> date | None:
        """Of what is shown: a draft's own may not be chosen yet."""
        kept = self.document.get("due_date")
        return date.fromisoformat(kept) if kept else None

    @property
    def parts(self) -> Parts | None:
        """What may be paid now where there is a choice."""
        parts = parts_of(self.invoice) if self.invoice.partial_payments and self.invoice.due().amount else None
        return parts if parts and parts.are_possible else None

    def state_for(self, waiting: str) -> str:
        """The state for somebody who waits for Stripe's page (`checkout`) or comes back from it (`payment`)."""
        if waiting == "checkout" and self._is_unrecorded("creating") and self.state == "open":
            return "connecting"
        if waiting == "payment" and self._is_unrecorded("complete", *UNSETTLED):
            return self._unconfirmed
        return self.state

    @property
    def _unconfirmed(self) -> str:
        return "unheard" if self.is_lost else "confirming"

    def _is_unrecorded(self, *states: str) -> bool:
        return self.checkout is not None and self.payment is None and self.checkout.state in states


def find(session: Session, token: str, session_id: str = "") -> PayPage | None:
    """The page behind a link, or None for a made-up one; with a session's id, as its customer comes back.

    An id that is not of a checkout of this invoice leaves `checkout` empty.
    """
    wanted = Checkout.stripe_id == session_id if SESSION_ID.fullmatch(session_id) else _newest_checkout()
    query = _pages(PayLink.invoice_id == Invoice.id, wanted).where(PayLink.token_hash == hash_token(token))
    rows = session.execute(query).all()
    return _page(rows) if rows else None


def foreseen_page(session: Session, invoice: Invoice) -> PayPage:
    """The page as its customer sees it now; of an invoice without a link and of a draft, what they would see."""
    valid = and_(PayLink.invoice_id == Invoice.id, PayLink.revoked_at.is_(None))
    page = _page(session.execute(_pages(valid, _newest_checkout()).where(Invoice.id == invoice.id)).all())
    if not invoice.is_draft:
        return page
    return replace(page, document=foreseen(invoice, page.organization) | {"number": "…"})


def _page(rows: Sequence[Row[Any]]) -> PayPage:
    """Each row has one of the payments, and all else once more."""
    page: list[Any] = list(rows[0])
    page[-1] = tuple(dict.fromkeys(row[-1] for row in rows if row[-1]))
    return PayPage(*page)


def _newest_checkout() -> ColumnElement[bool]:
    each = aliased(Checkout)
    newest = select(func.max(each.id)).where(each.invoice_id == Invoice.id).correlate(Invoice).scalar_subquery()
    return Checkout.id == newest


def _newest_payment() -> ScalarSelect[int | None]:
    """What became of the checkout last: nothing in the schema says that it brings one payment only."""
    each = aliased(Payment)
    return select(func.max(each.id)).where(each.checkout_id == Checkout.id).correlate(Checkout).scalar_subquery()


def _pages(of_link: ColumnElement[bool], wanted: ColumnElement[bool]) -> Select[Any]:
    """Everything that is on a page: of invoices with or without such a link, with the checkout that is wanted."""
    of_version = and_(InvoiceVersion.invoice_id == Invoice.id, InvoiceVersion.version == Invoice.version)
    link = (PayLink.id, PayLink.revoked_at, _is_replaced(), _newer_was_sent(), PayLink.opened_at, PayLink.noted_on)
    version = (InvoiceVersion.id, InvoiceVersion.created_at, InvoiceVersion.content)
    each = aliased(Payment)
    return (
        select(*link, Contact.language, Invoice, *version, _credit_note(), Organization, BrandFile)
        .add_columns(StripeAccount, Checkout, Payment, _has_receipt(), returns_by_stripe(), _is_lost())
        .add_columns(
            owed_back(), canceled_credit_notes(), first_given_back(), last_given_back(), receipt_sent_at(), each
        )
        .select_from(Invoice)
        .outerjoin(PayLink, of_link)
        .outerjoin(Contact, Contact.id == Invoice.contact_id)
        .outerjoin(InvoiceVersion, of_version)
        .join(Organization, true())
        .outerjoin(BrandFile, BrandFile.id == Organization.logo_id)
        .outerjoin(StripeAccount, StripeAccount.state == "active")
        .outerjoin(Checkout, and_(Checkout.invoice_id == Invoice.id, wanted))
        .outerjoin(Payment, Payment.id == _newest_payment())
        .outerjoin(each, and_(each.invoice_id == Invoice.id, each.status.in_(("succeeded", "processing"))))
        .options(contains_eager(Invoice.contact))
        .order_by(each.paid_at, each.id)
    )


def _is_replaced() -> Exists:
    each = aliased(PayLink)
    return exists().where(each.invoice_id == PayLink.invoice_id, each.revoked_at.is_(None), each.id != PayLink.id)


def _newer_was_sent() -> Exists:
    each = aliased(PayLink)
    newer = (each.invoice_id == PayLink.invoice_id, each.revoked_at.is_(None), each.id != PayLink.id)
    return exists().where(*newer, Mail.invoice_id == each.invoice_id, Mail.sent_at > each.created_at)


def _credit_note() -> ScalarSelect[str]:
    valid = (CreditNote.invoice_id == Invoice.id, CreditNote.canceled_at.is_(None))
    newest = select(CreditNote.number).where(*valid).order_by(CreditNote.id.desc()).limit(1)
    return newest.correlate(Invoice).scalar_subquery()


def _has_receipt() -> Exists:
    of_it = (Mail.invoice_id == Invoice.id, Mail.kind == "receipt", Mail.data["subject_id"].as_integer() == Payment.id)
    return exists().where(*of_it, Mail.superseded_at.is_(None), Mail.parked_at.is_(None))


def _is_lost() -> Exists:
    each = aliased(StripeAccount)
    return exists().where(each.id == Checkout.account_id, each.is_out_of_reach)
