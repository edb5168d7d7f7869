"""What waits for the person of this request: matters, work that was given up, refunds that need a second person."""

from collections.abc import Callable
from dataclasses import dataclass

from babel.lists import format_list
from flask import g
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from admin_views.policy import may
from models.attention import Attention
from models.language import ngettext, reader_locale
from models.parked import WORK, Parked
from models.refund import WAITING, Refund

# How many of each kind are shown at first, and when all are asked for.
FIRST, FULL = 20, 1000
# Who may see each kind of work.
SEEN_BY = {
    "message": "invoices.view",
    "document": "invoices.view",
    "refund": "payments.view",
    "checkout": "payments.view",
    "event": "webhooks.view",
    "run": "invoices.view",
    # Who asked for it has it in the topbar.
    "export": "people.manage",
}
WORDS: dict[str, Callable[[int], str]] = {
    "matter": lambda n: ngettext("%(num)s matter to decide on", "%(num)s matters to decide on", n),
    "approval": lambda n: ngettext("%(num)s refund to approve", "%(num)s refunds to approve", n),
    "message": lambda n: ngettext(
        "%(num)s message that could not be sent", "%(num)s messages that could not be sent", n
    ),
    "document": lambda n: ngettext(
        "%(num)s document that could not be made", "%(num)s documents that could not be made", n
    ),
    "refund": lambda n: ngettext("%(num)s refund that could not be made", "%(num)s refunds that could not be made", n),
    "checkout": lambda n: ngettext(
        "%(num)s checkout that could not be made", "%(num)s checkouts that could not be made", n
    ),
    "event": lambda n: ngettext("%(num)s webhook event that failed", "%(num)s webhook events that failed", n),
    "run": lambda n: ngettext("%(num)s bulk run that stopped", "%(num)s bulk runs that stopped", n),
    "export": lambda n: ngettext("%(num)s export that stopped", "%(num)s exports that stopped", n),
}


@dataclass(frozen=True, slots=True)
class GivenUp:
    """One thing that was given up; `noun` names the door that tries it again."""

    noun: str
    work: Parked
    can_retry: bool


def counts(session: Session) -> dict[str, int]:
    """How many things of each kind wait: matters, approvals and work that was given up. Counted once a request."""
    if "waiting" not in g:
        g.waiting = _counted(session)
    return dict(g.waiting)


def _counted(session: Session) -> dict[str, int]:
    """All of them in one query."""
    waits = {
        "matter": select(func.count()).where(Attention.resolved_at.is_(None)),
        "approval": select(func.count()).where(Refund.state == WAITING),
    } | {noun: work.count() for noun, work in WORK.items() if may(SEEN_BY[noun])}
    row = session.execute(select(*(query.scalar_subquery() for query in waits.values()))).one()
    return dict(zip(waits, row, strict=True))


def in_words(found: dict[str, int]) -> str:
    """`1 matter to decide on and 2 refunds to approve`; empty when nothing waits."""
    parts = [WORDS[noun](number) for noun, number in found.items() if number]
    return format_list(parts, locale=reader_locale()) if parts else ""


@dataclass(frozen=True, slots=True)
class AllGivenUp:
    """The newest of each kind; `more` says in words what is not among them."""

    rows: list[GivenUp]
    more: str


def given_up(session: Session, in_full: bool) -> AllGivenUp:
    """Twenty of each kind, or as many as a page can hold."""
    most = FULL if in_full else FIRST
    found = {noun: work.newest(session, most) for noun, work in WORK.items() if may(SEEN_BY[noun])}
    rows = [GivenUp(noun, one, _can_retry(one)) for noun, kind in found.items() for one in kind.rows]
    return AllGivenUp(rows, in_words({noun: kind.more for noun, kind in found.items()}))


def _can_retry(work: Parked) -> bool:
    return may(work.permission) and not work.why_no_retry
