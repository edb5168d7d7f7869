"""Documents as files: the PDF of an invoice's version, of a receipt, of a credit note."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Claimable
from models.clock import now
from models.credit_note import CreditNote
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion
from models.payment import Payment


class Document(Claimable, Base):
    """Work to be done until it is made; then it never changes. One of each subject in each language."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(
            "(kind = 'invoice') = (version_id IS NOT NULL) AND (kind = 'receipt') = (payment_id IS NOT NULL)"
            " AND (kind = 'credit_note') = (credit_note_id IS NOT NULL)",
            name="subject",
        ),
        CheckConstraint("kind IN ('invoice', 'receipt', 'credit_note')", name="kind"),
        CheckConstraint("(made_at IS NULL) = (pdf IS NULL)", name="made_with_its_file"),
        UniqueConstraint("version_id", "language"),
        UniqueConstraint("payment_id", "language"),
        UniqueConstraint("credit_note_id", "language"),
    )

    kind: Mapped[str] = mapped_column(String(12))
    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice_version.id"))
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payment.id"))
    credit_note_id: Mapped[int | None] = mapped_column(Key, ForeignKey("credit_note.id"))
    language: Mapped[str] = mapped_column(String(8))
    # As people save it: `Invoice-2026-0041.pdf`.
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=now)
    made_at: Mapped[datetime | None]
    # Of the file, in hexadecimal digits; its size is in bytes.
    sha256: Mapped[str] = mapped_column(String(64), default="")
    size: Mapped[int] = mapped_column(default=0)
    pdf: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)

    invoice: Mapped[Invoice] = relationship()
    version: Mapped[InvoiceVersion | None] = relationship()
    payment: Mapped[Payment | None] = relationship()
    credit_note: Mapped[CreditNote | None] = relationship()
