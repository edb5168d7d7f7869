"""What the page of an invoice shows of its versions, and of the invoices made from it."""

from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.invoice_version import InvoiceVersion
from models.mail import Mail
from models.sending import handed_over_at


class Versions:
    """A part of the page, which has the invoice and its messages."""

    session: Session
    invoice: Invoice
    messages: list[Mail]

    @cached_property
    def versions(self) -> list[InvoiceVersion]:
        """The newest first."""
        query = select(InvoiceVersion).where(InvoiceVersion.invoice_id == self.invoice.id)
        shown = query.options(joinedload(InvoiceVersion.made_by)).order_by(InvoiceVersion.version.desc())
        return list(self.session.scalars(shown))

    @cached_property
    def sent_version(self) -> int | None:
        """The version that the customer was last sent, by email or by hand."""
        by_mail = [mail.sent_at for mail in self.messages if mail.kind == "invoice"]
        sent = [*by_mail, handed_over_at(self.session, self.invoice), self.invoice.sent_at]
        last = max((at for at in sent if at), default=None)
        return next((one.version for one in self.versions if last and one.created_at <= last), None)

    @property
    def is_outdated(self) -> bool:
        """The customer was last sent an earlier version, and has not begun to pay the present one either."""
        return self.invoice.can_be_edited and self.sent_version is not None and self.sent_version < self.invoice.version

    @property
    def is_unsent(self) -> bool:
        """It asks for money, and its customer was not given it as it is now."""
        return self.is_outdated or (self.invoice.status in OWED_IN and self.sent_version is None)

    @cached_property
    def made(self) -> list[Invoice]:
        """The invoices that were made from this one."""
        return list(self.session.scalars(select(Invoice).where(Invoice.made_from_id == self.invoice.id)))

    @property
    def offers_bill_again(self) -> bool:
        """Nothing stands for it, and no other invoice in its place; a draft that does is what the press leads to."""
        standing = [one for one in self.made if not one.can_be_billed_again and not one.is_draft]
        return self.invoice.can_be_billed_again and not standing
