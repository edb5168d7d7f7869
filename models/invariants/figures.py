"""Cached figures are the sums of facts, and nobody gives back more than was taken."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from models.activity import Activity
from models.counted import BASES, SUMS, Days, add_up_everything
from models.dispute import Dispute
from models.figures import at_stake, sum_at_stake, sums_of_money, taken
from models.invariants.invariant import Invariant, Rows
from models.invoice import Invoice
from models.invoice_status import status_of
from models.organization import the_organization
from models.payment import Payment, Reversal
from models.receivables import DUE
from models.refund import RESERVING, Refund
from models.revenue import DailyTotal

FIGURES = ("captured", "refunded", "processing", "disputed", "lost")


def _invoice_figures(session: Session) -> Rows:
    money = select(Payment.invoice_id, *sums_of_money()).group_by(Payment.invoice_id).subquery()
    stake = at_stake(Payment.invoice_id, sum_at_stake()).group_by(Payment.invoice_id).subquery()
    facts = [func.coalesce((stake if name == "disputed" else money).c[name], 0) for name in FIGURES]
    cached = [getattr(Invoice, name) for name in FIGURES]
    query = select(Invoice.id, *cached, *facts)
    query = query.outerjoin(money, money.c.invoice_id == Invoice.id).outerjoin(stake, stake.c.invoice_id == Invoice.id)
    for invoice_id, *both in session.execute(query.where(_differ(cached, facts)).order_by(Invoice.id)):
        have, say = both[: len(FIGURES)], both[len(FIGURES) :]
        yield f"invoice:{invoice_id}", f"{_named(FIGURES, have)}; facts say {_named(FIGURES, say)}"


def _statuses(session: Session) -> Rows:
    query = select(
        Invoice.id,
        Invoice.status,
        Invoice.voided_at.is_not(None),
        Invoice.issued_at.is_not(None),
        Invoice.sent_at.is_not(None),
        Invoice.total,
        Invoice.captured,
        Invoice.refunded,
    )
    for invoice_id, status, void, issued, sent, total, captured, refunded in session.execute(query):
        ruled = status_of(void=void, issued=issued, sent=sent, total=total, captured=captured, refunded=refunded)
        if status != ruled:
            yield f"invoice:{invoice_id}", f"is {status}; the rule says {ruled}"


def _payment_figures(session: Session) -> Rows:
    names = ("reserved", "refunded", "withdrawn", "lost")
    query, facts = _with_facts()
    cached = [getattr(Payment, name) for name in names]
    query = query.add_columns(*cached, *facts[:4]).where(_differ(cached, facts[:4]))
    for payment_id, *both in session.execute(query.order_by(Payment.id)):
        yield f"payment:{payment_id}", f"{_named(names, both[:4])}; facts say {_named(names, both[4:])}"


def _promises(session: Session) -> Rows:
    settled = and_(Invoice.promised_for.is_not(None), DUE == 0, Invoice.processing == 0)
    for row, day in session.execute(select(Invoice.id, Invoice.promised_for).where(settled)):
        yield f"invoice:{row}", f"is promised for {day}, and nothing of it is asked for"


def _captured(session: Session) -> Rows:
    wrong = or_(
        and_(Payment.status != "succeeded", Payment.captured != 0),
        and_(Payment.status == "succeeded", Payment.captured == 0),
    )
    query = select(Payment.id, Payment.status, Payment.captured).where(wrong)
    for payment_id, status, captured in session.execute(query):
        yield f"payment:{payment_id}", f"is {status} with {captured} captured"


def _reversals(session: Session) -> Rows:
    query = select(Payment.id, Payment.status).outerjoin(Reversal, Reversal.payment_id == Payment.id)
    half = (Payment.status == "reversed") != Reversal.id.is_not(None)
    at_stripe = and_(Payment.status == "reversed", Payment.account_id.is_not(None))
    for payment_id, status in session.execute(query.where(or_(half, at_stripe))):
        yield f"payment:{payment_id}", f"is {status}; only an offline payment is reversed, by its counter-entry"


def _reservations(session: Session) -> Rows:
    query, (reserved, *_, elsewhere) = _with_facts()
    wrong = query.add_columns(reserved - elsewhere, Payment.captured).where(reserved - elsewhere > Payment.captured)
    for payment_id, ours, captured in session.execute(wrong):
        yield f"payment:{payment_id}", f"our refunds hold {ours} of {captured}"


def _excess(session: Session) -> Rows:
    query, (reserved, _, withdrawn, _, elsewhere) = _with_facts()
    query = query.add_columns(reserved, withdrawn, Payment.captured)
    outside = and_(reserved - elsewhere <= Payment.captured, or_(elsewhere > 0, withdrawn > 0))
    query = query.where(outside, reserved + withdrawn > Payment.captured)
    for payment_id, held, gone, captured in session.execute(query):
        yield f"payment:{payment_id}", f"refunds hold {held} and disputes {gone} of {captured}"


def _with_facts() -> tuple[Select[Any], list[ColumnElement[int]]]:
    """Payments with what their facts say: reserved, refunded, withdrawn, lost, and how much is reserved elsewhere.

    Elsewhere is also what was made at Stripe all the same after staff had settled it by hand.
    """
    held = Refund.state.in_(RESERVING)
    cause = literal("refund:") + cast(Refund.id, String) + ":canceled"
    denied = and_(Activity.kind == "refund_given_up", Activity.cause == cause)
    elsewhere = or_(Refund.origin == "dashboard", Activity.id.is_not(None))
    refunds = (
        select(
            Refund.payment_id,
            func.sum(Refund.amount).filter(held).label("reserved"),
            func.sum(Refund.amount).filter(Refund.state == "succeeded").label("refunded"),
            func.sum(Refund.amount).filter(held, elsewhere).label("elsewhere"),
        )
        .outerjoin(Activity, denied)
        .group_by(Refund.payment_id)
        .subquery()
    )
    disputes = taken().add_columns(Dispute.payment_id).group_by(Dispute.payment_id).subquery()
    query = select(Payment.id).outerjoin(refunds, refunds.c.payment_id == Payment.id)
    given = (refunds.c.reserved, refunds.c.refunded)
    columns = (*given, disputes.c.withdrawn, disputes.c.lost, refunds.c.elsewhere)
    joined = query.outerjoin(disputes, disputes.c.payment_id == Payment.id)
    return joined, [func.coalesce(column, 0) for column in columns]


def _daily_totals(session: Session) -> Rows:
    zone = the_organization(session).zone
    for basis in BASES:
        yield from _totals_of(session, basis, add_up_everything(session, basis, zone))


def _totals_of(session: Session, basis: str, facts: Days) -> Rows:
    for row in session.scalars(select(DailyTotal).where(DailyTotal.basis == basis)):
        sums = facts.pop((row.day, row.currency), dict.fromkeys(SUMS, 0))
        if not row.dirty and row.sums != sums:
            yield f"daily_total:{row.id}", f"{basis} {row.day} {row.currency} has {row.sums}; facts say {sums}"
    for (day, currency), sums in facts.items():
        yield f"daily_total:{basis} {day} {currency}", f"is not there; facts say {sums}"


def _differ(cached: Sequence[Any], facts: Sequence[ColumnElement[int]]) -> ColumnElement[bool]:
    return or_(*(have != say for have, say in zip(cached, facts, strict=True)))


def _named(names: Any, values: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


INVARIANTS = (
    Invariant("invoice figures", "The figures of an invoice are the sums of its facts.", _invoice_figures),
    Invariant("invoice status", "The status of an invoice is what the status rule says.", _statuses),
    Invariant("promises", "A promise stands only while its invoice asks for money or waits for it.", _promises),
    Invariant("payment figures", "What refunds and disputes hold of a payment is the sum of them.", _payment_figures),
    Invariant("captured money", "A payment has captured money when it has succeeded, and only then.", _captured),
    Invariant("reversals", "A reversed payment is an offline one and has its counter-entry.", _reversals),
    Invariant("reserved refunds", "Our refunds never hold more of a payment than was captured.", _reservations),
    Invariant("daily totals", "The totals of a day are the sums of its facts, or marked as old.", _daily_totals),
)
ALERTS = (
    Invariant(
        "more given back than taken",
        "Refunds made in Stripe's Dashboard and disputes may take more of a payment than was captured.",
        _excess,
    ),
)
