"""The lines of an invoice."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.arithmetic import line_amount
from models.base import Base, Key
from models.written import typed_columns

if TYPE_CHECKING:
    from models.invoice import Invoice


class InvoiceLine(Base):
    __tablename__ = "invoice_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("discount IS NULL OR (discount >= 0 AND discount <= 100000)", name="discount"),
        CheckConstraint("tax_percent IS NULL OR (tax_percent >= 0 AND tax_percent <= 100000)", name="tax_percent"),
    )

    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    description: Mapped[str] = mapped_column(Text)
    quantity: Mapped[Decimal] = mapped_column(default=Decimal(1))
    unit_price: Mapped[int] = mapped_column(BigInteger)
    discount: Mapped[Decimal | None]
    tax_name: Mapped[str | None] = mapped_column(String(40))
    tax_percent: Mapped[Decimal | None]

    invoice: Mapped["Invoice"] = relationship(back_populates="lines")

    _one_line = typed_columns("description", "tax_name")

    @property
    def amount(self) -> int:
        return line_amount(self)

    def content(self) -> dict[str, Any]:
        return {
            "description": self.description,
            "quantity": str(self.quantity.normalize()) if self.quantity % 1 else str(int(self.quantity)),
            "unit_price": self.unit_price,
            "discount": None if self.discount is None else str(self.discount),
            "tax_name": self.tax_name,
            "tax_percent": None if self.tax_percent is None else str(self.tax_percent),
            "amount": self.amount,
        }

    def again(self) -> "InvoiceLine":
        """The same line once more, for another invoice."""
        kept = ("position", "description", "quantity", "unit_price", "discount", "tax_name", "tax_percent")
        return InvoiceLine(**{field: getattr(self, field) for field in kept})
