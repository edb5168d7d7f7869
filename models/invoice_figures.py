"""The figures of an invoice: cached sums of its facts, and what follows from them."""

from datetime import date

from sqlalchemy import BigInteger, Date, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Minor
from models.invoice_status import amount_due
from models.money import Money


class InvoiceFigures:
    """All in minor units of the invoice's currency; `models.figures` adds them up."""

    status: Mapped[str] = mapped_column(String(20), default="Draft")
    currency: Mapped[str] = mapped_column(String(3), default="USD")
    due_date: Mapped[date | None] = mapped_column(Date, index=True)
    total: Mapped[int] = mapped_column(BigInteger, default=0, index=True)
    captured: Mapped[Minor]
    refunded: Mapped[Minor]
    processing: Mapped[Minor]
    disputed: Mapped[Minor]
    # What disputes that were lost have taken for good.
    lost: Mapped[Minor]

    def grand_total(self) -> Money:
        return Money(self.total, self.currency)

    def due(self) -> Money:
        """What the customer still has to pay: nothing of a draft. Money on its way is not due a second time."""
        return Money(amount_due(self.status, self.total, self.captured, self.processing), self.currency)

    def overpaid(self) -> Money:
        return Money(max(0, self.held().amount - self.total), self.currency)

    def held(self) -> Money:
        """What came in and has not gone back; a dispute that is not decided yet may still bring it home."""
        return Money(max(0, self.captured - self.refunded - self.lost), self.currency)

    def is_overdue(self, today: date) -> bool:
        """The due date ends at midnight in the organization's zone, whose `today` this is."""
        return self.due_date is not None and self.due_date < today and bool(self.due().amount)
