"""Credit notes: a numbered document for each refund."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, ForeignKey, Index, String, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.arithmetic import TaxSum, taxes_within
from models.base import Base, Key
from models.clock import now
from models.invoice import Invoice
from models.language import gettext, pmarked
from models.money import Money
from models.numbering import next_number
from models.organization import Organization
from models.payment import Payment
from models.refund import Refund


class CreditNote(Base):
    """What the customer was given back, as a document with a number of its own; canceled when the refund failed."""

    __tablename__ = "credit_note"
    __table_args__ = (
        Index(
            "ix_credit_note_canceled_at",
            "canceled_at",
            sqlite_where=text("canceled_at IS NOT NULL"),
            postgresql_where=text("canceled_at IS NOT NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(20), unique=True)
    refund_id: Mapped[int] = mapped_column(Key, ForeignKey("refund.id"), unique=True)
    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    content: Mapped[dict[str, Any]]
    issue_date: Mapped[date] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    canceled_at: Mapped[datetime | None]

    refund: Mapped[Refund] = relationship(back_populates="credit_note")
    invoice: Mapped[Invoice] = relationship()

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def refunded_on(self) -> date:
        return date.fromisoformat(self.content["refunded_on"])

    @property
    def state_words(self) -> str:
        return pmarked("credit note", "Canceled") if self.canceled_at else pmarked("credit note", "Issued")

    def __str__(self) -> str:
        return gettext("Credit note %(number)s", number=self.number)


def credit_note_of(session: Session, refund_id: int) -> CreditNote | None:
    return session.scalars(select(CreditNote).where(CreditNote.refund_id == refund_id)).one_or_none()


def issue_for(session: Session, refund: Refund, invoice: Invoice, organization: Organization) -> CreditNote:
    """Number and freeze the credit note of a refund whose amount already counts in the locked invoice's figures."""
    content = _content(refund, invoice, organization, _earlier(session, invoice))
    today = organization.today()
    with session.no_autoflush:
        number = next_number(session, "credit_note", today.year)
    note = CreditNote(
        number=number,
        refund_id=refund.id,
        invoice_id=invoice.id,
        amount=refund.amount,
        currency=refund.currency,
        issue_date=today,
        content=content | {"number": number, "issue_date": today.isoformat()},
    )
    session.add(note)
    return note


def _earlier(session: Session, invoice: Invoice) -> list[dict[str, Any]]:
    """Of its valid credit notes those whose money still counts for it: a payment may have been moved since."""
    valid = (CreditNote.invoice_id == invoice.id, CreditNote.canceled_at.is_(None))
    query = select(CreditNote.content).join(CreditNote.refund).join(Refund.payment)
    return list(session.scalars(query.where(*valid, Payment.invoice_id == invoice.id)))


def _content(
    refund: Refund, invoice: Invoice, organization: Organization, earlier: list[dict[str, Any]]
) -> dict[str, Any]:
    """The document as plain data, amounts in minor units: `total` is `net`, the `taxes` and what was `overpaid`.

    A tax is contained in what is given back as it is in the invoice's total, rate by rate, rounded so that
    the credit notes of an invoice add up to it (`taxes_within`). Money above what the invoice asked for was
    never taxed: it goes back as `overpaid`, without tax.
    """
    totals = invoice.totals()
    overpaid = _overpaid(refund, invoice, earlier)
    gone = [_credited(rate, earlier) for rate in totals.taxes]
    part, before = refund.amount - overpaid, _owed_back(earlier)
    shares = taxes_within(totals.taxes, totals.total, part, before, gone)
    return {
        "invoice": invoice.number,
        "currency": refund.currency,
        "contact": invoice.contact_snapshot,
        "issuer": organization.issuer(),
        "refunded_on": organization.day_of(refund.created_at).isoformat(),
        "method": refund.payment.method,
        "net": part - sum(shares),
        "taxes": [
            {"name": rate.name, "percent": str(rate.percent), "tax": share}
            for rate, share in zip(totals.taxes, shares, strict=True)
        ],
        "overpaid": overpaid,
        "total": refund.amount,
    }


def _overpaid(refund: Refund, invoice: Invoice, earlier: list[dict[str, Any]]) -> int:
    """How much of the refund gives back what the invoice never asked for; a void one asks for nothing."""
    asked = 0 if invoice.voided_at else invoice.total
    held = invoice.captured - invoice.refunded - invoice.lost + refund.amount
    return min(refund.amount, max(0, held - asked, refund.amount - (asked - _owed_back(earlier))))


def _owed_back(earlier: Iterable[dict[str, Any]]) -> int:
    return sum(content["total"] - content["overpaid"] for content in earlier)


def _credited(rate: TaxSum, earlier: Iterable[dict[str, Any]]) -> int:
    """What earlier credit notes contained of this tax."""
    same = (rate.name, str(rate.percent))
    return sum(tax["tax"] for content in earlier for tax in content["taxes"] if (tax["name"], tax["percent"]) == same)
