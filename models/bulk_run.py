"""One act on many invoices, done by a worker while people go on."""

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, insert, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.activity import AuditEntry
from models.base import Base, Key, insert_or
from models.claimable import Claimable
from models.clock import now
from models.invoice import Invoice
from models.language import gettext, marked, pmarked
from models.people import User
from models.refusal import Conflict, Refused

MOST_INVOICES = 5000
BEGUN = "bulk.begin"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is done to each invoice, by whom, and how it is said, in English."""

    permission: str
    name: str
    under_way: str
    at_its_end: str


KINDS = {
    "send": Kind(
        "invoices.send",
        marked("Send Invoice"),
        marked("Sending %(ready)s of %(total)s"),
        marked("Queued for delivery: %(done)s of %(total)s"),
    ),
    "remind": Kind(
        "invoices.send",
        pmarked("verb", "Remind"),
        marked("Reminding %(ready)s of %(total)s"),
        marked("Reminders queued: %(done)s of %(total)s"),
    ),
    "void": Kind(
        "invoices.void",
        pmarked("verb", "Void"),
        marked("Voiding %(ready)s of %(total)s"),
        marked("Voided: %(done)s of %(total)s"),
    ),
}


class BulkRun(Claimable, Base):
    """Work to be done, an invoice at a time. `operation` is the press that asked for it."""

    __tablename__ = "bulk_run"
    __table_args__ = (CheckConstraint("kind IN ('send', 'remind', 'void')", name="kind"),)

    operation: Mapped[str] = mapped_column(String(36), unique=True)
    kind: Mapped[str] = mapped_column(String(10))
    asked_by_id: Mapped[int] = mapped_column(Key, ForeignKey("user_account.id"))
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    refused: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    # What was sent from then on is not sent again; of a retry, when it was asked for the first time.
    since: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    asked_by: Mapped[User] = relationship()

    @classmethod
    def asked(cls, session: Session, kind: str, by: User, operation: str) -> tuple[int, bool]:
        """The run that this press asks for, and whether it is a new one."""
        values = {"operation": operation, "kind": kind, "asked_by_id": by.id, "due_at": now()}
        new = insert_or(session, cls).values(**values).on_conflict_do_nothing(index_elements=["operation"])
        made = session.scalar(new.returning(cls.id))
        return made or session.scalars(select(cls.id).where(cls.operation == operation)).one(), bool(made)

    def take(self, session: Session, invoice_ids: Collection[int]) -> None:
        """Its work: those of the invoices that exist, in the order of their ids. Refuses none and more than 5,000."""
        if len(invoice_ids) > MOST_INVOICES:
            raise Refused(
                gettext("That is more than %(most)s invoices. Narrow the list, and do it in parts.", most=MOST_INVOICES)
            )
        found = select(Invoice.id).where(Invoice.id.in_(invoice_ids)).order_by(Invoice.id)
        # PostgreSQL lets a draft be deleted until it is referred to.
        known = session.scalars(found.with_for_update(read=True, key_share=True)).all()
        if not known:
            raise Refused(gettext("Choose at least one invoice."))
        session.execute(insert(BulkRunItem), [{"run_id": self.id, "invoice_id": invoice_id} for invoice_id in known])
        self.total = len(known)

    def refuse_other(self, session: Session, kind: str, asked: str) -> None:
        """A press that finds this run asks for the same. Refuses another act, and others than these `asked` for.

        The audit log knows what was asked for: a draft may have been deleted since.
        """
        begun = (AuditEntry.subject == f"bulk_run:{self.id}", AuditEntry.action == BEGUN)
        first = session.scalars(select(AuditEntry.after).where(*begun)).one() or {}
        if kind != self.kind or asked != first.get("asked", asked):  # an earlier release did not write it down
            raise Conflict(
                gettext(
                    "Something else was asked for from this page before: load it again, choose, and press once more."
                )
            )

    @property
    def retry_operation(self) -> str:
        """Of trying again what was refused: the same whoever presses, and however often."""
        return str(uuid.uuid5(uuid.UUID(self.operation), "retry"))

    def retried(self, session: Session) -> "BulkRun | None":
        """The run that has tried again what was refused here."""
        return begun_by(session, self.retry_operation)

    def operation_of(self, invoice_id: int) -> str:
        """Of the act on this invoice: the same however often a worker begins it."""
        return str(uuid.uuid5(uuid.UUID(self.operation), str(invoice_id)))

    def next_ones(self, session: Session, limit: int) -> "list[BulkRunItem]":
        """Whose turn it is: of those that wait the first, and last of all those that were postponed."""
        waiting = (BulkRunItem.run_id == self.id, BulkRunItem.state == "waiting")
        in_turn = (BulkRunItem.words != "", BulkRunItem.id)
        return list(session.scalars(select(BulkRunItem).where(*waiting).order_by(*in_turn).limit(limit)))

    def note(self, item: "BulkRunItem", words: str) -> None:
        """What became of it: `words` say why it was refused; empty when it was done."""
        item.state, item.words = ("refused", words) if words else ("done", "")
        self.last_error = None
        self.done += not words
        self.refused += bool(words)

    def postpone(self, item: "BulkRunItem", words: str) -> None:
        """Its invoice is in other hands: it is tried once more after all others, and then this is what became of it."""
        if item.words:
            self.note(item, words)
        else:
            item.words = words

    @property
    def ready(self) -> int:
        return self.done + self.refused

    @property
    def waiting(self) -> int:
        return self.total - self.ready

    @property
    def is_running(self) -> bool:
        """Neither finished nor given up."""
        return self.finished_at is None and self.parked_at is None

    @property
    def state(self) -> str:
        if self.finished_at is None:
            return pmarked("bulk work", "Stopped") if self.parked_at else pmarked("bulk work", "Under way")
        if not self.done:
            return pmarked("bulk work", "Refused")
        return pmarked("bulk work", "Partly refused") if self.refused else pmarked("bulk work", "Done")

    @property
    def name(self) -> str:
        return KINDS[self.kind].name

    @property
    def headline(self) -> str:
        """`Sending 340 of 1,000`, later `Queued for delivery: 998 of 1,000`."""
        words = KINDS[self.kind].at_its_end if self.finished_at else KINDS[self.kind].under_way
        return gettext(words, ready=self.ready, done=self.done, total=self.total)

    def __str__(self) -> str:
        return self.headline


class BulkRunItem(Base):
    """One invoice of a run: what became of it, and why not. A draft may be deleted; that it was asked for stays.

    One that waits and has words was postponed with them.
    """

    __tablename__ = "bulk_run_item"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'refused')", name="state"),
        UniqueConstraint("invoice_id", "run_id"),
        Index("ix_bulk_run_item_run_id_state_id", "run_id", "state", "id"),
    )

    run_id: Mapped[int] = mapped_column(Key, ForeignKey("bulk_run.id"))
    invoice_id: Mapped[int | None] = mapped_column(Key, ForeignKey("invoice.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    words: Mapped[str] = mapped_column(Text, default="")

    run: Mapped[BulkRun] = relationship()
    invoice: Mapped[Invoice | None] = relationship()

    @property
    def free_at(self) -> datetime | None:
        """Of one that was postponed: when its invoice is in nobody's hands any more."""
        return self.invoice.held_until if self.words and self.invoice else None


def fingerprint(invoice_ids: Iterable[int]) -> str:
    """A word for exactly these invoices, by which a press says which ones a person has confirmed."""
    return sha256(",".join(sorted(map(str, set(invoice_ids)))).encode()).hexdigest()[:32]


def begun_by(session: Session, operation: str) -> BulkRun | None:
    """The run that this press has asked for before."""
    return session.scalars(select(BulkRun).where(BulkRun.operation == operation)).one_or_none()


def run_under_way(session: Session, user_id: int) -> BulkRun | None:
    """The newest that this person has asked for and that is not done, stopped ones included."""
    undone = or_(BulkRun.due_at.is_not(None), BulkRun.parked_at.is_not(None))
    mine = select(BulkRun).where(BulkRun.asked_by_id == user_id, undone)
    return session.scalars(mine.order_by(BulkRun.id.desc()).limit(1)).one_or_none()
