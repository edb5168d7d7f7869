"""Documents as files: the PDF of an invoice's version, of a receipt, of a credit note."""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key, insert_or
from models.brand_file import BrandFile, logo_of
from models.claimable import Claimable
from models.clock import now
from models.credit_note import CreditNote
from models.invoice import Invoice
from models.invoice_version import InvoiceVersion, present_version
from models.language import gettext, marked, speaking
from models.organization import Organization
from models.payment import Payment
from models.printed import Printed, printed_credit_note, printed_invoice, printed_receipt
from models.readers import frozen_language
from models.receipt import number_of_day, standing_of
from models.refusal import Refused

Subject = InvoiceVersion | Payment | CreditNote
# The column that names what a document of this kind is of.
SUBJECTS = {"invoice": "version_id", "receipt": "payment_id", "credit_note": "credit_note_id"}
# Translated where they are shown.
KIND_WORDS = {"invoice": marked("Invoice"), "receipt": marked("Receipt"), "credit_note": marked("Credit note")}
# What there is one document of. A payment may be moved: what was made for one customer is not another's receipt.
ONE_OF = {
    "invoice": ("version_id", "language"),
    "receipt": ("payment_id", "invoice_id", "language"),
    "credit_note": ("credit_note_id", "language"),
}
MOST_ATTEMPTS = 3
# Of pictures, as typesetters call them.
FORMATS = {"image/png": "png", "image/jpeg": "jpg"}


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
        *(UniqueConstraint(*columns) for columns in ONE_OF.values()),
    )

    kind: Mapped[str] = mapped_column(String(12))
    invoice_id: Mapped[int] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice_version.id"))
    payment_id: Mapped[int | None] = mapped_column(Key, ForeignKey("payment.id"))
    credit_note_id: Mapped[int | None] = mapped_column(Key, ForeignKey("credit_note.id"))
    language: Mapped[str] = mapped_column(String(8))
    # As people save it: `Invoice-2026-0041.pdf`, `Rechnung-2026-0041.pdf`.
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

    @classmethod
    def asked(cls, session: Session, subject: Subject, organization: Organization) -> int:
        """The document of this subject in its customer's language, which is to be made if nobody has asked before."""
        about = _about(session, subject, organization)
        unique = ONE_OF[about["kind"]]
        values = about | {"due_at": now(), "created_at": now()}
        new = insert_or(session, cls).values(**values).on_conflict_do_nothing(index_elements=unique)
        made: int | None = session.scalar(new.returning(cls.id))
        if made:
            return made
        return session.scalars(select(cls.id).filter_by(**{key: about[key] for key in unique})).one()

    @classmethod
    def newest(cls, session: Session, kind: str, subject_id: int) -> int | None:
        """The id of the one that was last asked for, in whatever language that was.

        The receipt of a payment is that of the invoice which it counts for now.
        """
        its = select(cls.id).filter_by(**{SUBJECTS[kind]: subject_id}).order_by(cls.id.desc())
        if kind == "receipt":
            its = its.join(cls.payment).where(cls.invoice_id == Payment.invoice_id)
        return session.scalars(its.limit(1)).one_or_none()

    def printed(self, session: Session, organization: Organization) -> Printed:
        """What it says, in the language that is spoken. Refuses what cut off everybody who tried to make it."""
        if self.attempts > MOST_ATTEMPTS and not self.last_error:
            raise Refused(gettext("Making it was cut off %(times)s times.", times=MOST_ATTEMPTS))
        return self._words(session, organization) | {"logo": _picture(logo_of(session, organization))}

    def _words(self, session: Session, organization: Organization) -> Printed:
        if self.version:
            return printed_invoice(self.version.content, organization)
        if self.credit_note:
            return printed_credit_note(self.credit_note.content, organization)
        version = present_version(session, self.invoice)
        if self.payment is None or version is None:
            raise Refused(gettext("There is nothing like that here any more."))
        standing = standing_of(session, self.payment, self.invoice)
        return printed_receipt(version.content, self.payment, standing, organization)

    def keep(self, pdf: bytes) -> None:
        """It is made; from now on it stays as it is."""
        self.made_at, self.pdf = now(), pdf
        self.sha256, self.size = hashlib.sha256(pdf).hexdigest(), len(pdf)

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def is_settled(self) -> bool:
        """Made, or given up until a person looks at it."""
        return self.made_at is not None or self.parked_at is not None

    def __str__(self) -> str:
        return self.name


def _picture(logo: BrandFile | None) -> dict[str, Any] | None:
    return {"picture": list(logo.picture), "format": FORMATS[logo.media_type]} if logo else None


def _about(session: Session, subject: Subject, organization: Organization) -> dict[str, Any]:
    """The columns that say what it is."""
    if isinstance(subject, InvoiceVersion):
        content = subject.content
        number = content["number"] + (f"-v{subject.version}" if subject.version > 1 else "")
        about: dict[str, Any] = {"kind": "invoice", "version_id": subject.id, "invoice_id": subject.invoice_id}
    elif isinstance(subject, CreditNote):
        content, number = subject.content, subject.number
        about = {"kind": "credit_note", "credit_note_id": subject.id, "invoice_id": subject.invoice_id}
    else:
        version = present_version(session, subject.invoice) if subject.invoice else None
        if version is None:
            raise Refused(gettext("This payment counts for no invoice, so there is no receipt for it."))
        content = version.content
        number, place = organization.day_of(subject.paid_at).isoformat(), number_of_day(session, subject, organization)
        number = f"{content['number']}-{number}" + (f"-{place}" if place > 1 else "")
        about = {"kind": "receipt", "payment_id": subject.id, "invoice_id": version.invoice_id}
    language = frozen_language(content, organization)
    return about | {"language": language, "name": _name(about["kind"], number, language)}


def _name(kind: str, number: str, language: str) -> str:
    """Of its file, in its reader's words."""
    with speaking(language):
        return f"{gettext(KIND_WORDS[kind])} {number}.pdf".replace(" ", "-")
