"""Every message to people outside, to be sent or sent."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Claimable
from models.clock import now
from models.invoice import Invoice
from models.language import LANGUAGES, gettext, marked
from models.people import User

# A receipt waits for nobody; reminders, and what is sent to many at once, let others pass.
NOW, CAN_WAIT = 0, 1
# Translated where they are shown.
KIND_WORDS = {
    "invoice": marked("Invoice"),
    "copy": marked("Copy of invoice"),
    "reminder": marked("Reminder"),
    "receipt": marked("Receipt"),
    "payment_failed": marked("Notice of a failed payment"),
    "refund": marked("Refund notice"),
    "refund_failed": marked("Notice of a failed refund"),
    "news": marked("News"),
}
# Why a message did not go out any more, by the word that is kept; translated where they are shown.
SUPERSEDED_WORDS = {
    "paid": marked("Nothing of the invoice was due any more."),
    "on_its_way": marked("A payment for the invoice was on its way."),
    "void": marked("The invoice was voided."),
    "revised": marked("The invoice was changed after this message was written."),
    "disputed": marked("A payment for the invoice was disputed."),
    "promised": marked("Payment was promised for a later day."),
    "late": marked("The day of this reminder was over."),
    "after_hours": marked("Its hours were over."),
    "unsubscribed": marked("The customer asked for no more reminders."),
    "reminders_off": marked("Reminders of this invoice were switched off."),
    "no_link": marked("The Pay Link of the invoice was revoked."),
    "reversed": marked("The payment was reversed."),
    "moved": marked("The payment was moved to another invoice."),
    "told": marked("A receipt of this payment had gone out already."),
    "arrived": marked("The payment arrived after all."),
    "failed": marked("The refund failed."),
    "went_back": marked("The refund arrived after all."),
    "untold": marked("The customer was never told of the refund."),
    "off": marked("Its reader wants no such messages any more."),
}


class Mail(Claimable, Base):
    """One message to one address. `cause` names the fact it tells of, so that a fact is told once."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_rank_due_at", "rank", "due_at"),
        Index("ix_mail_invoice_id_to_address_id", "invoice_id", "to_address", "id"),
    )

    cause: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    # A colleague, for what is not a customer's.
    user_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    to_address: Mapped[str] = mapped_column(String(254))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    message_id: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(Text, default="")
    html: Mapped[str] = mapped_column(Text, default="")
    text: Mapped[str] = mapped_column(Text, default="")
    made_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    superseded_at: Mapped[datetime | None]
    superseded_why: Mapped[str] = mapped_column(String(40), default="")
    # What can wait goes after all that cannot.
    rank: Mapped[int] = mapped_column(SmallInteger, default=NOW)
    # The language that it was written in, once it was sent.
    language: Mapped[str] = mapped_column(String(8), default="")
    # What the sender added for its reader.
    note: Mapped[str] = mapped_column(Text, default="")
    document_id: Mapped[int | None] = mapped_column(Key, ForeignKey("document.id"))

    invoice: Mapped[Invoice | None] = relationship()
    made_by: Mapped[User | None] = relationship(foreign_keys=made_by_id)

    @classmethod
    def _order(cls) -> tuple[Any, ...]:
        return cls.rank, cls.due_at

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    def __str__(self) -> str:
        return gettext("%(message)s to %(address)s", message=gettext(self.kind_words), address=self.to_address)

    @property
    def language_name(self) -> str:
        return str(LANGUAGES.get(self.language, self.language))

    @property
    def attached(self) -> list[str]:
        """The names of the files that went out with it."""
        return list(self.data.get("attached", ()))

    @property
    def superseded_words(self) -> str:
        return SUPERSEDED_WORDS.get(self.superseded_why, self.superseded_why)

    @property
    def state(self) -> str:
        if self.sent_at:
            return "sent"
        if self.superseded_at:
            return "superseded"
        return "failed" if self.parked_at else "sending"


def earlier_one(session: Session, mail: Mail) -> Mail | None:
    """The message about the same invoice to the same address that goes out first, or another receipt of its payment.

    One that waits for a person lets others pass, and so does what is held up at another address.
    """
    if mail.invoice_id is None:
        return None
    same = (Mail.invoice_id == mail.invoice_id, Mail.to_address == mail.to_address, Mail.due_at.is_not(None))
    query = select(Mail).where(*same, Mail.id < mail.id).order_by(Mail.id).limit(1)
    return session.scalars(query).one_or_none() or _earlier_receipt(session, mail)


def _earlier_receipt(session: Session, mail: Mail) -> Mail | None:
    receipts = receipts_of(session, mail.data["subject_id"]) if mail.kind == "receipt" else []
    return next((each for each in receipts if each.id < mail.id and each.due_at), None)


def gives_way(session: Session, mail: Mail) -> bool:
    """Whether it can wait, and one that cannot is due and free: a slow mail server takes that one first."""
    return mail.rank != NOW and bool(Mail.due(session, 1, Mail.rank == NOW))


def next_one(session: Session, mail: Mail) -> Mail | None:
    """The message that had to wait for this one."""
    if mail.invoice_id is None:
        return None
    same = (Mail.invoice_id == mail.invoice_id, Mail.to_address == mail.to_address, Mail.due_at.is_not(None))
    return session.scalars(select(Mail).where(*same, Mail.id > mail.id).order_by(Mail.id).limit(1)).one_or_none()


def notice_of(session: Session, refund_id: int) -> Mail | None:
    """The message which tells the customer that this money is on its way back."""
    return session.scalars(select(Mail).where(Mail.cause == f"notice:refund:{refund_id}")).one_or_none()


def receipt_cause(payment_id: int, number: int = 1) -> str:
    """One that is moved before its receipt has gone out has another, at the invoice that it counts for then."""
    return f"receipt:payment:{payment_id}" if number == 1 else f"receipt:payment:{payment_id}:{number}"


def receipts_of(session: Session, payment_id: int) -> list[Mail]:
    """All of a payment, the oldest first; at most one of them goes out."""
    found: list[Mail] = []
    while True:
        cause = receipt_cause(payment_id, len(found) + 1)
        mail = session.scalars(select(Mail).where(Mail.cause == cause)).one_or_none()
        if mail is None:
            return found
        found.append(mail)


def is_told(session: Session, cause: str) -> bool:
    """Whether there is a message of this fact, whatever became of it."""
    return session.scalar(select(Mail.id).where(Mail.cause == cause)) is not None


def sending(session: Session, invoice_ids: Iterable[int]) -> set[int]:
    """Which of these never-sent invoices have their email on its way right now."""
    waiting = select(Mail.invoice_id).join(Mail.invoice).where(Mail.kind == "invoice", Invoice.sent_at.is_(None))
    open_ = (Mail.sent_at.is_(None), Mail.superseded_at.is_(None), Mail.parked_at.is_(None))
    rows = session.scalars(waiting.where(*open_, Mail.invoice_id.in_(list(invoice_ids))))
    return {invoice_id for invoice_id in rows if invoice_id is not None}
