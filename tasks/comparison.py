"""One account held against Stripe, a portion at a time: what differs is repaired, then held against it again."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update

from models.activity import learned_by
from models.checkout import Checkout
from models.clock import now
from models.payment import Payment
from models.refusal import Refused
from models.stripe_account import StripeAccount
from tasks import once_more, reading, transaction
from tasks.accounts import look_whether_revoked
from tasks.checkouts import close_checkout, look_at_checkout
from tasks.compared import Facts, Kind
from tasks.portions import Found, Keep, Scope
from tasks.stripe_gateway import checkouts as stripe_checkouts
from tasks.stripe_gateway import pages
from tasks.stripe_gateway.checkouts import SessionRecord
from tasks.stripe_gateway.client import UNREADABLE, GatewayError
from tasks.stripe_gateway.pages import Listed, Window

# Looked at one by one in one portion.
FEW = 20
# Stripe lets a session be open for a day; an hour more is for clocks that differ.
LONGEST_SESSION = timedelta(hours=25)


def compare_account(scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """The account itself: what it may do, what Stripe requires, and whether it still lets us in."""
    before = _account(scope)
    look_whether_revoked(scope.account)
    changed = [name.replace("_", " ") for name, value in _account(scope).items() if before[name] != value]
    return "", Found(repaired=[f"Account {scope.account}: {', '.join(changed)} changed."] if changed else [])


def _account(scope: Scope) -> dict[str, object]:
    shown = ("state", "name", "charges_enabled", "payouts_enabled", "requirements")
    with reading() as session:
        account = session.get_one(StripeAccount, scope.account_id)
        return {name: getattr(account, name) for name in shown}


def compare_page(kind: Kind[Any], scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """One page of Stripe's list, the newest first; the last one of it, or nothing when there are no more."""
    began = now()
    page = kind.page(scope.account, Window(scope.since - kind.slack), after)
    ours = ours_of(kind, scope, page.listed)
    _compare(kind, scope, ours, began, keep)
    strange = [one.record for one in page.unreadable if kind.payment_of is None or scope.is_ours(one.metadata)]
    others = len(page.listed) + len(page.unreadable) - len(ours) - len(strange)
    differences = [unreadable(kind, key) for key in strange]
    return page.after, Found(len(ours), others, differences=differences, sums=sums_of(kind, scope, ours))


def unreadable(kind: Kind[Any], key: str) -> str:
    return f"{kind.name} {key} has a form at Stripe that we cannot read."


def ours_of(kind: Kind[Any], scope: Scope, listed: Iterable[Listed[Any]]) -> list[Any]:
    """What carries our install id, or belongs to a payment of ours: the rest is the account's own business."""
    if kind.payment_of is None:
        return [one.record for one in listed]
    query = select(Payment.payment_intent_id).where(Payment.account_id == scope.account_id)
    with reading() as session:
        named = {kind.payment_of(one.record) for one in listed}
        known = set(session.scalars(query.where(Payment.payment_intent_id.in_(named - {None}))))
    return [one.record for one in listed if scope.is_ours(one.metadata) or kind.payment_of(one.record) in known]


def sums_of(kind: Kind[Any], scope: Scope, records: Iterable[Any]) -> Counter[str]:
    """What these come to by UTC day and currency, in minor units."""
    sums: Counter[str] = Counter()
    for record in records:
        money = kind.summed(record)
        if money and scope.is_within(record.created):
            sums[f"{kind.name} {record.created.date()} {money.currency}"] += money.amount
    return sums


def compare_unseen(kind: Kind[Any], scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """Rows that no list has shown since the run began are looked at one by one; so is what can still change."""
    rows, found = _unseen(kind, scope, after), Found()
    for _, key in rows:
        keep(Found())
        began = now()
        try:
            record = kind.look(scope.account, key)
        except GatewayError as error:
            if not error.is_missing:
                raise
            facts = ", ".join(f"{name} {value}" for name, value in (_kept(kind, scope, key) or {}).items())
            found.differences.append(f"{kind.name} {key} ({facts}) is in our books, and Stripe has no such thing.")
            continue
        except UNREADABLE:
            found.differences.append(unreadable(kind, key))
            continue
        _compare(kind, scope, [record], began, keep)
        found.sums.update(sums_of(kind, scope, [record]))
    found.checked = len(rows)
    return str(rows[-1][0]) if len(rows) == FEW else "", found


def _unseen(kind: Kind[Any], scope: Scope, after: str) -> list[tuple[int, str]]:
    within: ColumnElement[bool] = (kind.moment >= scope.since) & (kind.moment < scope.began)
    wanted = or_(within, kind.unsettled) if scope.everything else within
    mine = (kind.table.account_id == scope.account_id, kind.key.is_not(None), kind.table.id > int(after or 0))
    older = or_(kind.table.looked_at.is_(None), kind.table.looked_at < scope.began)
    query = select(kind.table.id, kind.key).where(*mine, older, wanted).order_by(kind.table.id).limit(FEW)
    with reading() as session:
        return [(row_id, key) for row_id, key in session.execute(query)]


def _compare(kind: Kind[Any], scope: Scope, records: list[Any], began: datetime, keep: Keep) -> None:
    standing = _note_look(kind, scope, records, began)
    for record in records:
        if kind.key_of(record) not in standing:
            _repair(kind, scope, record, began, keep)


@once_more
def _note_look(kind: Kind[Any], scope: Scope, records: list[Any], began: datetime) -> set[str]:
    """The rows that say all that Stripe says; that they were looked at is saved for all of them at once.

    A row in somebody's hands is left out: to wait for many rows is to wait in a circle some day.
    """
    said = {kind.key_of(record): record for record in records}
    query = select(kind.table).where(kind.table.account_id == scope.account_id, kind.key.in_(said))
    with transaction() as session:
        rows = {getattr(row, kind.key.key): row for row in session.scalars(query.with_for_update(skip_locked=True))}
        same = {key: row for key, row in rows.items() if kind.mirrors(row, said[key])}
        older = [row.id for row in same.values() if row.is_news(began)]
        session.execute(update(kind.table).where(kind.table.id.in_(older)).values(looked_at=began))
        return set(same)


def _repair(kind: Kind[Any], scope: Scope, record: Any, began: datetime, keep: Keep) -> None:
    """Record it with the verb that webhooks use. What still differs then is looked at once more, on its own."""
    key = kind.key_of(record)
    keep(Found())
    before = _kept(kind, scope, key)
    at = scope.times.of(kind, scope, record) if before or kind.counts(record) else None
    try:
        with learned_by("reconcile", at):
            changed = kind.record(scope.account, record, began)
        if kind.difference(record, _kept(kind, scope, key)):
            began = now()
            record = kind.look(scope.account, key)
            changed |= kind.record(scope.account, record, began)
    except Refused as refusal:
        keep(Found(differences=[f"{kind.name} {key}: {refusal}"]))
        return
    if wrong := kind.difference(record, _kept(kind, scope, key)):
        keep(Found(differences=[wrong]))
    elif changed:
        keep(Found(repaired=[kind.repair(record, before)]))


def _kept(kind: Kind[Any], scope: Scope, key: str) -> Facts | None:
    query = select(kind.table).where(kind.table.account_id == scope.account_id, kind.key == key)
    with reading() as session:
        row = session.scalars(query).one_or_none()
        return kind.kept(row) if row else None


def compare_checkouts(scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """Checkouts that may still bring money are looked at one by one, their payments included.

    One whose session Stripe has no more is closed.
    """
    rows, found = _open_checkouts(scope, after), Found()
    for checkout_id, name in rows:
        keep(Found())
        before = _checkout(checkout_id)
        if not (_is_there(look_at_checkout, checkout_id) or _is_there(close_checkout, checkout_id)):
            found.differences.append(f"Checkout {name} is {before[0]} in our books, and Stripe has no such thing.")
        if (after_look := _checkout(checkout_id)) != before:
            keep(Found(repaired=[f"Checkout {name}: {_spoken(before)} became {_spoken(after_look)}."]))
    found.checked = len(rows)
    return str(rows[-1][0]) if len(rows) == FEW else "", found


def _is_there(step: Callable[[int], None], checkout_id: int) -> bool:
    """Take this step; False when Stripe has no such thing."""
    try:
        step(checkout_id)
    except GatewayError as error:
        if not error.is_missing:
            raise
        return False
    return True


def compare_sessions(scope: Scope, after: str, keep: Keep) -> tuple[str, Found]:
    """Sessions of ours that can be paid and have no row here, as after an older backup, are closed.

    Nobody here would know that the same money is asked for once more. What was paid there meanwhile is unmatched.
    """
    page = pages.of_open_sessions(scope.account, Window(scope.began - LONGEST_SESSION), after)
    ours = [one.record for one in page.listed if scope.is_ours(one.metadata)]
    for record in _strays(scope, ours):
        keep(Found())
        try:
            stripe_checkouts.expire(scope.account, record.id)
        except GatewayError as error:
            if not error.is_answer:
                raise
            continue  # it was paid, or has run out, a moment ago
        keep(Found(repaired=[f"Checkout {record.id} ({record.total}) was open and not in our books; it was closed."]))
    return page.after, Found()


def _strays(scope: Scope, ours: list[SessionRecord]) -> list[SessionRecord]:
    """Those that no row here names. A row that names no session yet may be about to name this one."""
    uuids = [record.metadata.get("paydesk_operation") for record in ours]
    of_account = select(Checkout).where(Checkout.account_id == scope.account_id)
    query = of_account.where(or_(Checkout.stripe_id.in_([one.id for one in ours]), Checkout.uuid.in_(uuids)))
    with reading() as session:
        rows = list(session.scalars(query))
    known = {row.stripe_id or row.uuid for row in rows}
    return [one for one in ours if not known & {one.id, one.metadata.get("paydesk_operation")}]


def _open_checkouts(scope: Scope, after: str) -> list[tuple[int, str]]:
    mine = (Checkout.account_id == scope.account_id, Checkout.stripe_id.is_not(None), Checkout.id > int(after or 0))
    older = or_(Checkout.looked_at.is_(None), Checkout.looked_at < scope.began)
    query = select(Checkout.id, Checkout.stripe_id).where(*mine, older, Checkout.may_bring_money())
    if not scope.everything:
        query = query.where(Checkout.created_at >= scope.since)
    with reading() as session:
        return [(row_id, str(name)) for row_id, name in session.execute(query.order_by(Checkout.id).limit(FEW))]


def _checkout(checkout_id: int) -> tuple[str, list[str]]:
    """Its state, and the states of what it has brought."""
    payments = select(Payment.status).where(Payment.checkout_id == checkout_id).order_by(Payment.id)
    with reading() as session:
        return session.get_one(Checkout, checkout_id).state, list(session.scalars(payments))


def _spoken(checkout: tuple[str, list[str]]) -> str:
    state, payments = checkout
    return ", ".join([state, *(f"payment {status}" for status in payments)])
