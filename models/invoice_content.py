"""What an invoice says: its document, and what the lines of it add up to."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship, validates

from models.arithmetic import Totals, add_up
from models.due_terms import bearable, refuse_due_on
from models.invoice_figures import InvoiceFigures
from models.invoice_line import InvoiceLine
from models.part_rules import PaidInParts
from models.written import typed_columns

# What the next invoice has of the one that it is made from, beside its lines.
AGAIN = (
    "contact_id",
    "opportunity_id",
    "currency",
    "terms",
    "notes",
    "po_number",
    "prices_gross",
    "partial_payments",
    "partial_minimum",
    "deposit_percent",
    "due_days",
)


class InvoiceContent(PaidInParts, InvoiceFigures):
    """The columns that its document is made of; once it is issued, each version of the document is frozen."""

    number: Mapped[str | None] = mapped_column(String(20), unique=True)
    version: Mapped[int] = mapped_column(default=1)
    issue_date: Mapped[date | None] = mapped_column(Date, index=True)
    terms: Mapped[str] = mapped_column(Text, default="")
    notes: Mapped[str] = mapped_column(Text, default="")
    po_number: Mapped[str] = mapped_column(String(60), default="")
    prices_gross: Mapped[bool] = mapped_column(default=False)
    contact_snapshot: Mapped[dict[str, Any] | None]
    # How many days after its issue it is due; a due date of its own comes first.
    due_days: Mapped[int | None]

    _one_line = typed_columns("po_number")

    @validates("due_days")
    def _bearable(self, field: str, days: int | None) -> int | None:
        return None if days is None else bearable(days)

    @declared_attr
    @classmethod
    def lines(cls) -> Mapped[list[InvoiceLine]]:
        order = "InvoiceLine.position"
        return relationship(order_by=order, cascade="all, delete-orphan", back_populates="invoice")

    def due_after(self, days: int) -> date | None:
        """When it is due by such a term; None until it is issued."""
        return self.issue_date and self.issue_date + timedelta(days=days)

    def refuse_due_on(self, day: date | None, today: date) -> None:
        """Refuse a new due date before its issue, which of a draft is today at the earliest, or long after it.

        The one that it has stays, also on a draft where it is over: issuing it is what that refuses.
        """
        if day and day != self.due_date:
            refuse_due_on(day, self.issue_date or today)

    def totals(self) -> Totals:
        """What the lines add up to as they stand."""
        return add_up(self.lines, self.prices_gross)

    def add_up(self) -> None:
        """Keep the total of the lines on the row."""
        self.total = self.totals().total

    def content(self) -> dict[str, Any]:
        """The document that the customer sees, as plain data; amounts in minor units."""
        totals = self.totals()
        return {
            "number": self.number,
            "version": self.version,
            "currency": self.currency,
            "issue_date": self.issue_date and self.issue_date.isoformat(),
            "due_date": self.due_date and self.due_date.isoformat(),
            "due_days": self.due_days,
            "terms": self.terms,
            "notes": self.notes,
            "po_number": self.po_number,
            "contact": self.contact_snapshot,
            "prices_gross": self.prices_gross,
            "partial_payments": self.partial_payments,
            "partial_minimum": self.partial_minimum,
            "deposit_percent": None if self.deposit_percent is None else str(self.deposit_percent),
            "lines": [line.content() for line in self.lines],
            "net": totals.net,
            "taxes": [{"name": t.name, "percent": str(t.percent), "tax": t.tax} for t in totals.taxes],
            "total": totals.total,
        }
