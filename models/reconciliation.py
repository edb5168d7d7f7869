"""What comparing our books with Stripe's has found, and what Stripe's side of the webhooks looks like."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from models.base import Base, Key
from models.claimable import Claimable
from models.clock import now
from models.language import marked, ngettext, pmarked
from models.people import User

# Translated where they are shown.
KIND_WORDS = {"recent": marked("The last two days"), "nightly": marked("Every night"), "manual": marked("By hand")}
# More sentences than this nobody reads; their number is kept all the same.
MOST_SENTENCES = 1000
# A check that somebody asked for is there by then, or there is no worker.
ANSWER_COMES = timedelta(minutes=1)
# The clock asks Stripe for our webhooks every five minutes; three times missed is no chance.
CHECK_COMES = timedelta(minutes=15)
_AT_FIRST: dict[str, Any] = {"step": "", "after": "", "sums": {}, "tries": 0}


class Reconciliation(Claimable, Base):
    """One comparison with Stripe and its report: work to be done, a portion at a time, like any other."""

    __tablename__ = "reconciliation"
    __table_args__ = (CheckConstraint("kind IN ('recent', 'nightly', 'manual')", name="kind"),)

    kind: Mapped[str] = mapped_column(String(10), index=True)
    since: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(Key, ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
    # When its first look began: a row that was looked at since then has been compared.
    began_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # Where the next portion goes on, and what Stripe's objects have come to so far.
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    checked: Mapped[int] = mapped_column(default=0)
    # The account's own business: counted, never listed.
    others: Mapped[int] = mapped_column(default=0)
    repairs: Mapped[int] = mapped_column(default=0)
    open_differences: Mapped[int] = mapped_column(default=0)
    # What differed and was mended, what differs still, and what could not be compared, one sentence each.
    repaired: Mapped[list[str]] = mapped_column(default=list)
    differences: Mapped[list[str]] = mapped_column(default=list)
    unchecked: Mapped[list[str]] = mapped_column(default=list)
    # An account that should be within reach was not.
    failed: Mapped[bool] = mapped_column(default=False)

    asked_by: Mapped[User | None] = relationship()

    def begin(self, accounts: Sequence[int]) -> None:
        """These accounts are compared, one after another."""
        self.began_at = now()
        self.progress = {"accounts": list(accounts), "reached": False} | _AT_FIRST

    @property
    def account_id(self) -> int | None:
        """The account whose turn it is."""
        left = self.progress["accounts"]
        return left[0] if left else None

    def go_on(self, step: str, after: str, sums: Mapping[str, int]) -> None:
        """Where the next portion begins; what Stripe's objects came to in this one is added up."""
        added = Counter(self.progress["sums"])
        added.update(sums)
        self.progress = self.progress | {"step": step, "after": after, "sums": added, "tries": 0}

    def try_again(self, tries: int) -> bool:
        """Whether the same portion may be tried once more, of so many times in all."""
        self.progress = self.progress | {"tries": self.progress["tries"] + 1}
        return bool(self.progress["tries"] < tries)

    def leave_account(self, why: str = "") -> None:
        """It is done, or cannot be compared for this reason; the next one has its turn."""
        self.unchecked = [*self.unchecked, *([why] if why else [])]
        reached = self.progress.get("reached", False) or not why
        self.progress = {"accounts": self.progress["accounts"][1:], "reached": reached} | _AT_FIRST

    @property
    def doing(self) -> str:
        """What is compared just now."""
        return str(self.progress.get("step", "")) if self.is_running else ""

    def note(self, repaired: Sequence[str] = (), differences: Sequence[str] = ()) -> None:
        """Add sentences to the report."""
        self.repairs += len(repaired)
        self.open_differences += len(differences)
        if repaired:
            self.repaired = [*self.repaired, *repaired][:MOST_SENTENCES]
        if differences:
            self.differences = [*self.differences, *differences][:MOST_SENTENCES]

    @property
    def kind_words(self) -> str:
        return KIND_WORDS[self.kind]

    @property
    def is_running(self) -> bool:
        """Neither finished nor given up."""
        return self.finished_at is None and self.parked_at is None

    @property
    def is_left_alone(self) -> bool:
        """It is due, and nobody works on it, for longer than a worker takes to find it."""
        soon = now() - ANSWER_COMES
        is_claimed = self.claimed_until is not None and self.claimed_until > soon
        return self.is_running and self.due_at is not None and self.due_at < soon and not is_claimed

    @property
    def has_failed(self) -> bool:
        """Given up, or an account that should be within reach was not."""
        return self.parked_at is not None or self.failed

    @property
    def found_nobody(self) -> bool:
        """There are accounts, and none of them lets us in: nothing could be compared."""
        # Reports of earlier releases do not say whether one was reached.
        return bool(self.unchecked) and not self.progress.get("reached", True)

    @property
    def is_clean(self) -> bool:
        """All that is within reach was compared, and nothing differs any more."""
        is_done = self.finished_at is not None and not self.failed and not self.found_nobody
        return is_done and not self.open_differences

    @property
    def state(self) -> str:
        if self.finished_at is None:
            return pmarked("comparison", "Stopped") if self.parked_at else pmarked("comparison", "Under way")
        if self.open_differences:
            return pmarked("comparison", "Differences")
        if self.failed:
            return pmarked("comparison", "Incomplete")
        return pmarked("comparison", "Not compared") if self.found_nobody else pmarked("comparison", "Done")

    @property
    def headline(self) -> str:
        """`Incomplete: 12 objects checked, 2 repaired, 0 differences`."""
        word = "" if self.state in ("Done", "Differences") and not self.failed else f"{self.state}: "
        return f"{word}{self.counts_words}, {self.differences_words}"

    @property
    def counts_words(self) -> str:
        return ngettext(
            "%(num)s object checked, %(repairs)s repaired",
            "%(num)s objects checked, %(repairs)s repaired",
            self.checked,
            repairs=self.repairs,
        )

    @property
    def differences_words(self) -> str:
        return ngettext("%(num)s difference", "%(num)s differences", self.open_differences)

    def __str__(self) -> str:
        """The whole report, as it is printed."""
        lines = [self.headline]
        lines += [f"difference: {what}" for what in self.differences]
        lines += [f"repaired: {what}" for what in self.repaired]
        lines += [f"cannot be checked: {what}" for what in self.unchecked]
        return "\n".join([*lines, *([f"stopped: {self.last_error}"] if self.parked_at else [])])


def count_differences(session: Session) -> int:
    """What differed still when it was last compared: of the last two days, or of all that a night compares."""
    query = select(Reconciliation.open_differences).where(Reconciliation.finished_at.is_not(None))
    newest = query.order_by(Reconciliation.id.desc()).limit(1)
    last = (newest.where(Reconciliation.kind == "recent"), newest.where(Reconciliation.kind != "recent"))
    return max(session.scalar(one) or 0 for one in last)


class WebhookCheck(Base):
    """What Stripe last said of our webhook endpoints. One row: pages show it without asking Stripe."""

    __tablename__ = "webhook_check"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    # A person wants to know it now.
    asked_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    endpoints: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    # Stripe's clock less ours, in seconds.
    clock_difference: Mapped[int | None]
    error: Mapped[str] = mapped_column(Text, default="")
    # When a delivery was last turned away because nobody of ours had signed it.
    refused_at: Mapped[datetime | None]

    @property
    def is_asked(self) -> bool:
        """Somebody has asked a moment ago, and the answer is not there yet."""
        if self.asked_at is None or now() - self.asked_at > ANSWER_COMES:
            return False
        return self.checked_at is None or self.checked_at < self.asked_at

    @property
    def is_late(self) -> bool:
        """Stripe was never asked, or not for some time: what was seen then may no longer hold."""
        return self.checked_at is None or now() - self.checked_at > CHECK_COMES
