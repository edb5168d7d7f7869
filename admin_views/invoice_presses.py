"""What may be pressed on the page of one invoice, and which of it is the primary button."""

from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.policy import may
from models.contact import Contact
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.newest import Newest, newest
from models.payment import OFFLINE_METHODS
from models.people import User, who_may
from models.stripe_account import active_account

MOST_CONTACTS = 500
MOST_COLLEAGUES = 200
PAYABLE = ("Draft", "Issued", "Sent", "Partially Paid")
# The next step in each state that has one, beside billing again; without Stripe or an address there is none.
PRIMARY = {
    "Draft": "send",
    "Issued": "send",
    "Sending…": "pay_link",
    "Sent": "pay_link",
    "Partially Paid": "pay_link",
}


class Presses:
    """A part of the page, which knows the state that it shows."""

    session: Session
    invoice: Invoice
    status: str
    offers_bill_again: bool
    offline_methods = OFFLINE_METHODS

    @property
    def primary(self) -> str:
        """The one button that stands out for this person: `send`, `pay_link`, `bill_again`, or none."""
        if self.offers_bill_again:
            return "bill_again" if may("invoices.edit") else ""
        offered = self.can_be_paid and may("invoices.send")
        return PRIMARY.get(self.status, "") if offered else ""

    @cached_property
    def address(self) -> str | None:
        return self.invoice.contact.valid_email() if self.invoice.contact else None

    @cached_property
    def missing(self) -> str:
        """What keeps the invoice from being sent: `account`, `contact`, or nothing."""
        if self.invoice.status not in PAYABLE:
            return ""
        if active_account(self.session) is None:
            return "account"
        return "" if self.address else "contact"

    @property
    def can_be_paid(self) -> bool:
        """Whether Send Invoice and Pay Link stand here; charges may still be disabled, which the press explains."""
        return self.invoice.status in PAYABLE and not self.missing

    @property
    def can_be_recorded(self) -> bool:
        """Whether money that came without Stripe may be recorded: also what came although nothing is due any more."""
        return self.invoice.status in (*OWED_IN, "Paid")

    @property
    def can_be_voided(self) -> bool:
        return self.invoice.status in ("Issued", "Sent") and not self.invoice.processing

    @cached_property
    def colleagues(self) -> Newest[User]:
        """Who may own it, by name."""
        return newest(self.session, who_may(self.session, "invoices.edit"), MOST_COLLEAGUES)

    @cached_property
    def contacts(self) -> Newest[Contact]:
        """Contacts that an invoice could go to, the first by name."""
        query = select(Contact).where(Contact.email != "").order_by(Contact.folded)
        return newest(self.session, query, MOST_CONTACTS)
