"""Rows that are work to be done, and rows that mirror an object at Stripe."""

import secrets
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, String, Text, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.clock import now

CLAIM = timedelta(seconds=40)
LONGEST_WAIT = timedelta(seconds=15)
ABSENCE = timedelta(seconds=30)
# A worker finds what is due in less time than this.
FOUND = timedelta(minutes=1)
# What is not done after this time is called late, and what nobody has worked on is stuck.
STUCK = timedelta(minutes=10)
# Stripe forgets keys after 24 hours; an hour less leaves room for clocks that differ.
KEY_LIVES = timedelta(hours=23)


class Mirrored:
    """A row that mirrors an object at Stripe. `looked_at` is when its last recorded look *began*."""

    looked_at: Mapped[datetime | None]

    def is_news(self, began: datetime) -> bool:
        """Whether a look that began then may be recorded: not when a later look already is."""
        return self.looked_at is None or began >= self.looked_at


class Claimable:
    """A row that says what is to be done: when it is due, who works on it, how it went.

    `due_at` is None when nothing is to be done. A claim is a random token with an end; work is finished
    only by the token that claimed it, so a worker that was suspended past its claim cannot finish
    somebody else's work. `parked_at` marks work that waits for a person.
    """

    due_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    claim_token: Mapped[str | None] = mapped_column(String(32))
    claimed_until: Mapped[datetime | None]
    parked_at: Mapped[datetime | None] = mapped_column(index=True)

    @classmethod
    def due(cls, session: Session, limit: int, *which: ColumnElement[bool]) -> list[int]:
        """Ids of what is due and not in anybody's hands, the longest due first; what can wait after all else."""
        at = now()
        free = or_(cls.claimed_until.is_(None), cls.claimed_until < at)
        query = select(cls.id).where(cls.due_at <= at, free, *which).order_by(*cls._order()).limit(limit)  # type: ignore[attr-defined]
        return list(session.scalars(query))

    @classmethod
    def _order(cls) -> tuple[Any, ...]:
        return (cls.due_at,)

    @classmethod
    def claim(cls, session: Session, row_id: int) -> str | None:
        """Take the row for 40 seconds if it is due and free; the token, or None."""
        at, token = now(), secrets.token_hex(16)
        free = or_(cls.claimed_until.is_(None), cls.claimed_until < at)
        taken = cls._change(
            session,
            (cls.id == row_id, cls.due_at <= at, free),  # type: ignore[attr-defined]
            claim_token=token,
            claimed_until=at + CLAIM,
            attempts=cls.attempts + 1,
        )
        return token if taken else None

    @classmethod
    def renew(cls, session: Session, row_id: int, token: str) -> bool:
        """Hold the claim for another 40 seconds; False when it was lost."""
        return cls._change(session, cls._mine(row_id, token), claimed_until=now() + CLAIM)

    @classmethod
    def finish(cls, session: Session, row_id: int, token: str) -> bool:
        """Nothing more is to be done; False when the claim was lost."""
        return cls._change(session, cls._mine(row_id, token), **_RELEASED, due_at=None, last_error=None)

    @classmethod
    def retry_later(cls, session: Session, row_id: int, token: str, error: str) -> bool:
        """The outside world was out of reach: due again soon, for ever, at most 15 seconds from now."""
        attempts = session.scalar(select(cls.attempts).where(cls.id == row_id)) or 1  # type: ignore[attr-defined,arg-type]
        wait = min(timedelta(seconds=2 ** min(attempts, 5)), LONGEST_WAIT)
        return cls.retry_at(session, row_id, token, error, now() + wait)

    @classmethod
    def retry_at(cls, session: Session, row_id: int, token: str, error: str, at: datetime) -> bool:
        """Due again at a moment that is known."""
        return cls._change(session, cls._mine(row_id, token), **_RELEASED, due_at=at, last_error=error)

    @classmethod
    def park(cls, session: Session, row_id: int, token: str, error: str) -> bool:
        """Give it to a person: the error stays, nothing is tried until somebody presses Retry."""
        values = _RELEASED | {"due_at": None, "last_error": error, "parked_at": now()}
        return cls._change(session, cls._mine(row_id, token), **values)

    @classmethod
    def put_off(cls, session: Session, until: datetime, *which: ColumnElement[bool]) -> None:
        """What is due and in nobody's hands waits until then."""
        waiting = (cls.due_at < until, cls.claim_token.is_(None), *which)
        session.execute(update(cls).where(*waiting).values(due_at=until))

    @classmethod
    def wake_parked(cls, session: Session, *which: ColumnElement[bool]) -> None:
        """What stood in the way is gone: all of these that wait for a person are due now."""
        session.execute(update(cls).where(cls.parked_at.is_not(None), *which).values(due_at=now(), parked_at=None))

    @property
    def is_left_alone(self) -> bool:
        """It is due, and nobody works on it, for longer than a worker takes to find it."""
        soon = now() - FOUND
        is_claimed = self.claimed_until is not None and self.claimed_until > soon
        return self.due_at is not None and self.due_at < soon and not is_claimed

    def wake(self) -> None:
        """Due now, whatever happened before."""
        self.due_at, self.parked_at, self.attempts = now(), None, 0

    @classmethod
    def _mine(cls, row_id: int, token: str) -> tuple[ColumnElement[bool], ...]:
        return (cls.id == row_id, cls.claim_token == token)  # type: ignore[attr-defined]

    @classmethod
    def _change(cls, session: Session, where: tuple[ColumnElement[bool], ...], **values: Any) -> bool:
        result = cast("CursorResult[Any]", session.execute(update(cls).where(*where).values(**values)))
        return result.rowcount == 1


_RELEASED: dict[str, Any] = {"claim_token": None, "claimed_until": None}


class Operation(Claimable):
    """Something to be made at Stripe once: a random UUID travels in its metadata, `uuid:attempt` is its key.

    Stripe replays the first answer under a key, a 500 included. After such an answer only two empty
    lists, the first after the call had ended and 30 seconds apart, prove that nothing was made; then
    the next attempt gets a new key.

    `called_at` is since when the key may have been used. What a restored backup shows as not called yet may
    have been called in what it has lost: the first key may be as old as the row.
    """

    uuid: Mapped[str] = mapped_column(String(36), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    attempt: Mapped[int] = mapped_column(default=1)
    called_at: Mapped[datetime | None]
    uncertain: Mapped[bool] = mapped_column(default=False)
    absent_at: Mapped[datetime | None]

    @property
    def must_look(self) -> bool:
        """Whether to look at Stripe instead of asking again: the key only replays a failure, or is forgotten."""
        return self.uncertain or now() - (self.called_at or self.created_at) > KEY_LIVES

    @property
    def idempotency_key(self) -> str:
        return f"{self.uuid}:{self.attempt}"

    def note_absence(self, looked_at: datetime) -> datetime:
        """An empty list was seen; a second one 30 seconds later opens the next attempt. When to go on."""
        self.absent_at = self.absent_at or looked_at
        if looked_at - self.absent_at < ABSENCE:
            return self.absent_at + ABSENCE
        self.attempt, self.uncertain, self.absent_at, self.called_at = self.attempt + 1, False, None, looked_at
        return now()
