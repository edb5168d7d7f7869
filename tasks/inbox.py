"""A round through the inbox: what is due is grouped by object, looked at sixteen at a time, and recorded."""

from collections import Counter, defaultdict
from collections.abc import Collection
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import aliased

from models.clock import now
from models.stripe_account import StripeAccount
from models.stripe_event import StripeEvent
from tasks import once_more, reading, transaction
from tasks.accounts import look_whether_revoked
from tasks.claiming import Claim, claim_all, renew_all, storing
from tasks.looks import AT_ONCE, KINDS, MANY, Seen, Subject, listed, look_at_all, record, subject_of
from tasks.outages import put_off
from tasks.stripe_gateway.client import GatewayError
from tasks.stripe_gateway.payments import PaymentRecord
from tasks.told import record_told

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Due:
    """An event, read before the look at its object begins."""

    id: int
    subject: Subject
    created_at: datetime
    attempts: int
    has_failed: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Events about one object. The first carries the look; the others close with it."""

    subject: Subject
    events: tuple[Due, ...]

    @property
    def first(self) -> int:
        return self.events[0].id

    @property
    def has_failed(self) -> bool:
        return any(event.has_failed for event in self.events)

    @property
    def attempts(self) -> int:
        return max(event.attempts for event in self.events)


def due_events(but_not: Collection[int]) -> list[Due]:
    """What is due in the order in which it happened at Stripe, without the objects that somebody looks at just now."""
    columns = (StripeEvent.type, StripeEvent.account, StripeEvent.object_id)
    with reading() as session:
        ids = [row_id for row_id in StripeEvent.due(session, BATCH) if row_id not in but_not]
        known = (StripeEvent.id, StripeEvent.created_at, StripeEvent.attempts, StripeEvent.last_error)
        mine = select(*columns, *known).where(StripeEvent.id.in_(ids), ~_is_looked_at())
        rows = session.execute(mine.order_by(StripeEvent.created_at, StripeEvent.id))
        return [Due(row.id, subject_of(*row[:3]), row.created_at, row.attempts, bool(row.last_error)) for row in rows]


def _is_looked_at() -> ColumnElement[bool]:
    other = aliased(StripeEvent)
    same = (other.account == StripeEvent.account, other.object_id == StripeEvent.object_id)
    return exists().where(*same, other.claimed_until >= now())


class Round:
    """What was due at one moment, and what Stripe has shown of it so far."""

    def __init__(self, pool: Executor, due: list[Due]) -> None:
        self.pool = pool
        self.states = _states()
        self.seen: dict[Subject, Seen] = {}
        self.silent: set[str] = set()
        self.heard: set[str] = set()
        found: dict[Subject, list[Due]] = defaultdict(list)
        for event in due:
            found[event.subject].append(event)
        self.groups = [Group(subject, tuple(events)) for subject, events in found.items()]

    def run(self) -> None:
        """Try each event once, sixteen at a time."""
        scouts = self._scouts()
        self._try(scouts)
        for kind in KINDS:
            groups = [group for group in self.groups if group.subject.kind == kind and group not in scouts]
            if kind == "payment":
                self._list(groups)
            self._try(groups)
            for event in [event for group in groups if self._is_told(group.subject) for event in group.events]:
                record_told(event.id)

    def _scouts(self) -> list[Group]:
        """Of an account where a look has failed, one goes first and tells whether Stripe is back.

        It is the one that was tried least often: what hangs for ever is not asked again and again in its place.
        """
        found: dict[str, list[Group]] = defaultdict(list)
        for group in self.groups:
            if self._must_look(group.subject) and not self._is_told(group.subject):
                found[group.subject.account].append(group)
        failing = [groups for groups in found.values() if any(group.has_failed for group in groups)]
        return [min(groups, key=lambda group: group.attempts) for groups in failing]

    def _try(self, groups: list[Group]) -> None:
        for start in range(0, len(groups), AT_ONCE):
            batch = groups[start : start + AT_ONCE]
            self._handle([group for group in batch if not self._is_out_of_reach(group.subject)])

    def _is_told(self, subject: Subject) -> bool:
        """Whether the events themselves are all that can still be known of it."""
        return bool(subject.kind and subject.object_id) and self.states.get(subject.account) == "revoked"

    def _is_out_of_reach(self, subject: Subject) -> bool:
        return subject.account in self.silent or self._is_told(subject)

    def _must_look(self, subject: Subject) -> bool:
        is_ours = bool(subject.kind and subject.object_id) and subject.account in self.states
        return is_ours and subject not in self.seen

    def _list(self, groups: list[Group]) -> None:
        """More than twenty payments of one account are found in Stripe's list, as far as it shows them."""
        for account in self.states:
            mine = [group for group in groups if group.subject.account == account and self._must_look(group.subject)]
            if len(mine) > MANY and not self._is_out_of_reach(mine[0].subject):
                times = [event.created_at for group in mine for event in group.events]
                try:
                    intents = {group.subject.object_id for group in mine}
                    self.seen |= listed(account, intents, min(times), max(times))
                except GatewayError as error:
                    self._note([(account, error)])

    def _handle(self, groups: list[Group]) -> None:
        """Claim, look, record: threads only look, and nothing is recorded before all of them are back."""
        claims = claim_all(StripeEvent, [group.first for group in groups])
        claimed = [group.subject for group in groups if group.first in claims]
        looks = look_at_all(self.pool, filter(self._must_look, claimed))
        self._note([(subject.account, look.exception()) for subject, look in looks.items()])
        claims, done = renew_all(claims), {}
        for group in [group for group in groups if group.first in claims]:
            with storing(claims[group.first]):
                done[group] = self._record(group.subject, looks.get(group.subject))
            if group not in done:
                _hand_on(group)
        _close(claims, done)

    def _note(self, looks: list[tuple[str, BaseException | None]]) -> None:
        """Where nobody answers, what else is due for the account waits, and is not asked for in this round.

        That one look hangs says nothing of an account that has just answered others.
        """
        silences = Counter(account for account, error in looks if _is_silence(error))
        answered = {account for account, error in looks if not _is_silence(error)}
        for account, count in silences.items():
            if account not in answered and (count > 1 or account not in self.heard):
                self.silent.add(account)
                put_off(account)
        self.heard = (self.heard - silences.keys()) | answered

    def _record(self, subject: Subject, look: Future[Seen] | None) -> str:
        if subject not in self.seen and look is None:
            return "ignored"
        try:
            seen = self.seen[subject] if look is None else look.result()
        except GatewayError as error:
            return self._explain(subject, error)
        record(subject.account, seen)
        brought = [one.payment_intent_id for one in seen.records if isinstance(one, PaymentRecord)]
        # Its own events, which were read before this look began, need no other one.
        self.seen |= {Subject("payment", subject.account, intent): Seen((), seen.began) for intent in brought}
        return "handled"

    def _explain(self, subject: Subject, error: GatewayError) -> str:
        """Stripe lets us in no more? Then the next time the event itself is all that can be known."""
        if not error.is_gone:
            raise error
        if self.states[subject.account] != "revoked":
            look_whether_revoked(subject.account)
            self.states = _states()
        if self.states[subject.account] != "revoked":
            raise error
        if subject.kind == "account":
            return "handled"
        raise GatewayError(str(error), permanent=False) from error


def _states() -> dict[str, str]:
    with reading() as session:
        return {account.stripe_id: account.state for account in session.scalars(select(StripeAccount))}


def _is_silence(error: BaseException | None) -> bool:
    return isinstance(error, GatewayError) and error.is_silence


@once_more
def _close(claims: dict[int, Claim], done: dict[Group, str]) -> None:
    ended: dict[str, list[int]] = defaultdict(list)
    with transaction() as session:
        for group, outcome in done.items():
            if StripeEvent.finish(session, group.first, claims[group.first].token):
                ended[outcome] += [event.id for event in group.events]
        for outcome, ids in ended.items():
            mine = update(StripeEvent).where(StripeEvent.id.in_(ids))
            session.execute(mine.values(outcome=outcome, due_at=None, last_error=None))


@once_more
def _hand_on(group: Group) -> None:
    """A look that failed is tried again for all of its events: they wait for as long as the first."""
    rest = [event.id for event in group.events[1:]]
    with transaction() as session:
        first = session.get_one(StripeEvent, group.first)
        if first.last_error:
            waiting = (StripeEvent.id.in_(rest), StripeEvent.due_at.is_not(None))
            fate = {"due_at": first.due_at, "parked_at": first.parked_at, "last_error": first.last_error}
            session.execute(update(StripeEvent).where(*waiting).values(fate))
