"""Our sums per account, UTC day and currency against those of Stripe's objects: both are added up on their own."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select

from models.money import Money
from tasks import reading
from tasks.compared import KINDS, Kind
from tasks.comparison import ours_of, sums_of
from tasks.portions import Found, Keep, Scope
from tasks.stripe_gateway.pages import Window

DAY = timedelta(days=1)
TRIES = 3
SUMMED = tuple(kind for kind in KINDS if kind.sum is not None)


def compare_sums(scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """Hold the days after this one against what the lists came to, as far as the first that differs.

    That day is listed once more on its own, because much may have happened since it was listed; what differs
    then is a difference.
    """
    first = date.fromisoformat(after) + DAY if after else scope.since.date()
    for day in _days(first, scope.began.date()):
        wrong = [kind for kind in SUMMED if _ours(kind, scope, day) != _on(scope.sums, kind, day)]
        if wrong:
            return str(day), Found(differences=[line for kind in wrong for line in _again(kind, scope, day, keep)])
    return "", Found()


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def _on(sums: dict[str, int], kind: Kind[Any], day: date) -> dict[str, int]:
    """Of all sums those of one kind and day, by currency; what comes to nothing is left out."""
    start = f"{kind.name} {day} "
    return {name.removeprefix(start): amount for name, amount in sums.items() if name.startswith(start) and amount}


def _bounds(scope: Scope, day: date) -> tuple[datetime, datetime]:
    midnight = datetime.combine(day, time(), UTC)
    return max(midnight, scope.since), min(midnight + DAY, scope.began)


def _ours(kind: Kind[Any], scope: Scope, day: date) -> dict[str, int]:
    start, end = _bounds(scope, day)
    query = select(kind.table.currency, func.sum(kind.sum)).where(kind.table.account_id == scope.account_id)
    query = query.where(kind.key.is_not(None), *kind.sum_where, kind.moment >= start, kind.moment < end)
    with reading() as session:
        rows = session.execute(query.group_by(kind.table.currency))
        return {currency: int(amount) for currency, amount in rows if amount}


def _again(kind: Kind[Any], scope: Scope, day: date, keep: Keep) -> list[str]:
    """What still differs when both sides are added up anew, and nothing happened to ours meanwhile."""
    ours = _ours(kind, scope, day)
    for _ in range(TRIES):
        before = ours
        theirs, ours = _theirs(kind, scope, day, keep), _ours(kind, scope, day)
        if ours in (before, theirs):
            break
    return [
        f"{kind.name}s of {day}: {Money(theirs.get(code, 0), code)} at Stripe, "
        f"{Money(ours.get(code, 0), code)} in our books."
        for code in sorted(theirs | ours)
        if theirs.get(code, 0) != ours.get(code, 0)
    ]


def _theirs(kind: Kind[Any], scope: Scope, day: date, keep: Keep) -> dict[str, int]:
    sums: Counter[str] = Counter()
    start, end = _bounds(scope, day)
    after, more = "", True
    while more:
        keep(Found())
        page = kind.page(scope.account, Window(start - kind.slack, end), after)
        sums.update(sums_of(kind, scope, ours_of(kind, scope, page.listed)))
        after, more = page.after, bool(page.after)
    return _on(sums, kind, day)
