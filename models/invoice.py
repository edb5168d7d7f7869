"""Invoices: draft, issue, versions, and what follows from their facts."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.clock import now
from models.contact import Contact, valid_address
from models.due_terms import refuse_due_on
from models.holding import Holdable
from models.invoice_content import AGAIN, InvoiceContent
from models.invoice_status import status_of
from models.invoice_version import InvoiceVersion
from models.language import gettext, pgettext
from models.money import Money
from models.numbering import next_number
from models.opportunity import Opportunity
from models.organization import Organization
from models.part_rules import rules_for_parts
from models.people import User
from models.promise import Promised
from models.refusal import Refused

ON_ITS_WAY = text("processing > 0")


class Invoice(Holdable, Promised, InvoiceContent, Base):
    __tablename__ = "invoice"
    __table_args__ = (
        CheckConstraint("total >= 0 AND captured >= 0 AND refunded >= 0 AND processing >= 0", name="amounts"),
        CheckConstraint("(issued_at IS NULL) = (number IS NULL)", name="numbered_when_issued"),
        CheckConstraint("issued_at IS NULL OR total > 0", name="total_above_zero"),
        Index("ix_invoice_owner_id_id", "owner_id", "id"),
        Index("ix_invoice_contact_id_id", "contact_id", "id"),
        Index("ix_invoice_status_id", "status", "id"),
        Index("ix_invoice_processing", "id", sqlite_where=ON_ITS_WAY, postgresql_where=ON_ITS_WAY),
        *rules_for_parts(),
    )

    owner_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    contact_id: Mapped[int | None] = mapped_column(Key, ForeignKey("contact.id"))
    opportunity_id: Mapped[int | None] = mapped_column(Key, ForeignKey("opportunity.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    issued_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    viewed_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]
    # Nobody is reminded of it by itself.
    reminders_off: Mapped[bool] = mapped_column(default=False)
    # Counts the savings of its form: two people who edit it at once must not overwrite each other.
    edits: Mapped[int] = mapped_column(default=1)
    made_from_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id"), index=True)
    # The press that made it as a copy: a second one finds the first.
    operation: Mapped[str | None] = mapped_column(String(36), unique=True)

    contact: Mapped[Contact | None] = relationship()
    opportunity: Mapped[Opportunity | None] = relationship()
    owner: Mapped[User | None] = relationship()
    made_from: Mapped["Invoice | None"] = relationship(remote_side="Invoice.id")

    @property
    def title(self) -> str:
        if self.number:
            return gettext("Invoice %(number)s", number=self.number)
        return gettext("Draft %(number)s", number=str(self.id))

    @property
    def is_draft(self) -> bool:
        return self.issued_at is None

    def refuse_unready(self) -> None:
        """Refuse to be issued: without lines, without a total, with a currency or amount that cannot be."""
        if not self.lines:
            raise Refused(gettext("Add at least one line to this invoice before sending it."))
        if self.totals().total <= 0:
            raise Refused(gettext("The total of an invoice must be above zero."))
        if self.voided_at:
            raise Refused(gettext("This invoice is void and cannot be sent."))

    def refuse_asking_for_nothing(self) -> None:
        """What was issued and asks for nothing any more is not sent again with many: nobody has looked at each."""
        if not self.is_draft and not self.due().amount:
            self._refuse_processing()
            raise Refused(gettext("Nothing of it is due, so it is not sent again."))

    def term(self, organization: Organization) -> int:
        """Days until it is due where no date was chosen: its own, else its contact's, else the organization's."""
        usual = self.contact.due_days if self.contact else None
        chosen = (self.due_days, usual, organization.due_days)
        return next(days for days in chosen if days is not None)

    def recipient(self) -> str:
        """The one address this invoice goes to, refused when there is none."""
        email = self.contact.valid_email() if self.contact else None
        if email is None:
            raise Refused(gettext("Add a contact with an email address before sending this invoice."))
        return email

    def mail_address(self) -> str | None:
        """Where news of it goes: to its contact as it is now, else to the address it was issued to, else nowhere."""
        current = self.contact.valid_email() if self.contact else None
        return current or valid_address((self.contact_snapshot or {}).get("email", ""))

    def issue(self, session: Session, organization: Organization, by: User | None = None) -> bool:
        """Give it its number and freeze its content; False when it was issued before."""
        if not self.is_draft:
            return False
        self.refuse_unready()
        today = organization.today()
        if self.due_date:
            refuse_due_on(self.due_date, today)
        with session.no_autoflush:
            self.number = next_number(session, "invoice", today.year)
        self.issued_at, self.issue_date = now(), today
        self._freeze(session, organization, by)
        return True

    def revise(self, session: Session, organization: Organization, by: User) -> None:
        """Freeze what was changed as its next version, the contact as it is now included; the earlier ones stay."""
        self.refuse_unrevisable()
        self.refuse_unready()
        self.version += 1
        self.held_until = None
        self._freeze(session, organization, by)

    def _freeze(self, session: Session, organization: Organization, by: User | None) -> None:
        self.add_up()
        if self.due_date is None:
            self.due_days = self.term(organization)
            self.due_date = self.due_after(self.due_days)
        self.contact_snapshot = self.contact.snapshot() if self.contact else {}
        self.edits += 1
        self.refresh_status()
        content = self.content() | {"issuer": organization.issuer()}
        frozen = {"total": self.total, "content": content, "made_by_id": by.id if by else None}
        session.add(InvoiceVersion(invoice=self, version=self.version, **frozen))

    def refresh_status(self) -> None:
        self.status = self.status_for(self.captured, self.refunded)

    def status_for(self, captured: int, refunded: int) -> str:
        """What the status rule says of it when so much came in and went back."""
        return status_of(
            void=self.voided_at is not None,
            issued=self.issued_at is not None,
            sent=self.sent_at is not None,
            total=self.total,
            captured=captured,
            refunded=refunded,
        )

    def mark_sent(self, at: datetime) -> None:
        """Keep the first sent date."""
        self.sent_at = self.sent_at or at
        self.refresh_status()

    def refuse_unvoidable(self) -> None:
        """Drafts, and while money is held or on its way."""
        if self.is_draft:
            raise Refused(gettext("This is a draft: delete it instead."))
        if self.held().amount:
            raise Refused(gettext("Money is held for this invoice. Refund it first."))
        self._refuse_processing()

    def void(self) -> None:
        self.refuse_unvoidable()
        self.voided_at, self.held_until = self.voided_at or now(), None
        self.refresh_status()

    def refuse_unrevisable(self) -> None:
        """What customers have paid for, or are paying for, is not changed behind their backs."""
        if self.is_draft:
            raise Refused(gettext("This is a draft: edit it as it is."))
        if self.voided_at:
            raise Refused(
                gettext(
                    "%(invoice)s is void, so its content stays as it is. Bill it again instead.", invoice=self.title
                )
            )
        if self.captured:
            raise Refused(
                gettext(
                    "%(amount)s was paid for %(invoice)s, so its content stays as it is.",
                    amount=Money(self.captured, self.currency),
                    invoice=self.title,
                )
            )
        self._refuse_processing()

    @property
    def can_be_edited(self) -> bool:
        """A draft, or what nobody has paid or is paying."""
        return self.status in ("Draft", "Issued", "Sent") and not self.processing

    def _refuse_processing(self) -> None:
        if self.processing:
            raise Refused(gettext("A payment for this invoice is on its way. Wait until it has arrived or failed."))

    @property
    def can_be_billed_again(self) -> bool:
        """Nothing stands for it any more: void, or all that was paid has gone back, by refunds or lost disputes."""
        gone = self.captured > 0 and not self.held().amount and not self.due().amount
        return gone or self.status in ("Refunded", "Void")

    def bill_again(self, by: User) -> "Invoice":
        """A new draft with the same lines, contact and terms; its due date follows from its own issue."""
        if not self.can_be_billed_again:
            raise Refused(
                gettext(
                    "%(invoice)s has the status “%(status)s”. "
                    "Only what is void, given back or lost to a dispute is billed again.",
                    invoice=self.title,
                    status=pgettext("invoice", self.status),
                )
            )
        return self._again(made_from_id=self.id, owner_id=by.id)

    def copy(self, by: User, operation: str) -> "Invoice":
        """A new draft that says the same, whatever has become of this one."""
        return self._again(owner_id=by.id, operation=operation)

    def _again(self, **fields: Any) -> "Invoice":
        draft = Invoice(**{field: getattr(self, field) for field in AGAIN}, **fields)
        draft.lines = [line.again() for line in self.lines]
        draft.add_up()
        return draft

    def __str__(self) -> str:
        return self.title


def new_operation() -> str:
    """A random UUID for one press of one button; a second press with it finds the first."""
    return str(uuid.uuid4())
