"""The Payment timeline and the audit log: every fact is told once, and nothing is told that is not there."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, exists, literal, select
from sqlalchemy.orm import Session

from models.activity import Activity, AuditEntry
from models.base import Base
from models.dispute import CLOSED, Dispute
from models.invariants.invariant import Invariant, Rows
from models.invoice import Invoice
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund

# Nouns of the audit log that are no names of tables.
NAMES = {"user": "user_account", "account": "stripe_account", "event": "stripe_event"}
# Kept for a while only; that somebody asked for one is known for good.
KEPT_FOR_A_WHILE = ("reconciliation",)
# Told when staff ask; whatever Stripe says later is told as well.
ASKED_FOR = ("awaiting_approval", "requested")


def _told(session: Session) -> Rows:
    for table, state, which in _facts():
        cause = literal(f"{table.__tablename__}:") + cast(table.id, String) + ":" + state
        query = select(table.id, state).where(which, ~exists().where(Activity.cause == cause))
        for row_id, what in session.execute(query):
            yield f"{table.__tablename__}:{row_id}", f"the timeline does not tell: {what}"


def _facts() -> Iterator[tuple[Any, Any, ColumnElement[bool]]]:
    """Table, what is told, of which rows."""
    yield Invoice, literal("issued"), Invoice.issued_at.is_not(None)
    yield Invoice, literal("voided"), Invoice.voided_at.is_not(None)
    yield Payment, Payment.status, Payment.account_id.is_not(None)
    yield Refund, Refund.state, Refund.state.not_in(ASKED_FOR)
    yield Refund, literal("requested"), and_(Refund.operation.is_not(None), Refund.origin == "desk")
    yield Dispute, literal("opened"), Dispute.payment_id.is_not(None)
    yield Dispute, Dispute.status, Dispute.status.in_(CLOSED)
    yield Mail, literal("sent"), Mail.sent_at.is_not(None) & Mail.user_id.is_(None)


def _causes(session: Session) -> Rows:
    yield from _strangers(session, session.scalars(select(Activity.cause)), "activity")


def _subjects(session: Session) -> Rows:
    deleted = set(session.scalars(select(AuditEntry.subject).where(AuditEntry.action.like("%.delete"))))
    subjects = set(session.scalars(select(AuditEntry.subject).distinct())) - deleted
    yield from _strangers(session, subjects, "audit_entry")


def _strangers(session: Session, words: Iterable[str], where: str) -> Rows:
    """Those of `noun:id…` whose noun has no such row; ids are ours or Stripe's."""
    named: dict[str, set[str]] = defaultdict(set)
    for word in words:
        noun, _, rest = word.partition(":")
        named[NAMES.get(noun, noun)].add(rest.partition(":")[0])
    for noun, names in named.items():
        for name in sorted(names - _known(session, noun)) if noun not in KEPT_FOR_A_WHILE else ():
            yield f"{noun}:{name}", f"is spoken of in {where} and is not there"


def _known(session: Session, noun: str) -> set[str]:
    table = Base.metadata.tables.get(noun)
    if table is None:
        return set()
    columns = [table.c[name] for name in ("id", "stripe_id") if name in table.c]
    return {str(name) for row in session.execute(select(*columns)) for name in row}


INVARIANTS = (
    Invariant("every fact is told", "The Payment timeline tells each fact and each state that it came to.", _told),
    Invariant("causes are there", "Each entry of the Payment timeline has a cause that exists.", _causes),
    Invariant("subjects are there", "Each line of the audit log has a subject that exists, or was deleted.", _subjects),
)
