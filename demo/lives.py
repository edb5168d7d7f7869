"""The lives of invoices. Each yields the moment of its next turn and is resumed when that moment has come.

A life that would go on after the present stops there, as everybody's does.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta

from demo import chasing, together
from demo.stage import BANK_DEBIT, DECLINED_CARD, GOOD_CARD, Bill, Stage

Life = Iterator[datetime]
Story = Callable[[Stage, Bill], Life]

SOON = timedelta(minutes=25)


def draft(stage: Stage, bill: Bill) -> Life:
    yield bill.written
    stage.write(bill)


def sent(stage: Stage, bill: Bill) -> Life:
    yield from draft(stage, bill)
    yield bill.written + SOON
    stage.send(bill)


def viewed(stage: Stage, bill: Bill, after: tuple[timedelta, ...]) -> Life:
    yield from sent(stage, bill)
    for pause in after:
        yield bill.written + pause
        stage.view(bill)


def chased(
    stage: Stage,
    bill: Bill,
    after: tuple[timedelta, ...],
    reminded: timedelta,
    words: str,
    promised_for: date,
    bounces: bool = False,
) -> Life:
    """Seen and not paid: the customer is reminded, and says on the telephone when the money will come."""
    yield from viewed(stage, bill, after)
    yield bill.written + reminded
    chasing.remind(stage, bill, bounces)
    yield bill.written + reminded + timedelta(hours=3)
    chasing.note(stage, bill, words)
    chasing.promise(stage, bill, promised_for)


def sent_together(stage: Stage, bill: Bill, others: Sequence[Bill], words: str, promised_for: date) -> Life:
    """The drafts of these days go out in one press, once the last of the day is written; the customer calls back."""
    yield from draft(stage, bill)
    yield bill.written + timedelta(hours=4)
    together.send(stage, [*others, bill])
    together.export(stage, [*others, bill])
    yield bill.written + timedelta(hours=6)
    chasing.note(stage, bill, words)
    chasing.promise(stage, bill, promised_for)


def linked(stage: Stage, bill: Bill) -> Life:
    """Its pay link was copied, but nobody has said yet that it was sent."""
    yield from draft(stage, bill)
    yield bill.written + SOON
    stage.copy_link(bill)


def sent_by_hand(stage: Stage, bill: Bill, after: timedelta) -> Life:
    yield from linked(stage, bill)
    yield bill.written + 2 * SOON
    stage.mark_as_sent(bill)
    yield from _paid(stage, bill, after)


def voided(stage: Stage, bill: Bill, after: timedelta) -> Life:
    yield from sent(stage, bill)
    yield bill.written + after
    stage.void(bill)


def paid(stage: Stage, bill: Bill, after: timedelta, card: str = GOOD_CARD) -> Life:
    yield from sent(stage, bill)
    yield from _paid(stage, bill, after, card)


def _paid(stage: Stage, bill: Bill, after: timedelta, card: str = GOOD_CARD) -> Life:
    yield bill.written + after
    stage.view(bill)
    yield bill.written + after + timedelta(minutes=3)
    stage.pay(bill, card)


def transferred(stage: Stage, bill: Bill, after: timedelta, note: str) -> Life:
    """Paid from the bank, without Stripe."""
    yield from sent(stage, bill)
    yield bill.written + after
    stage.record(bill, note)


def paid_beside(stage: Stage, bill: Bill, after: timedelta) -> Life:
    """Paid, but so that the money fits no invoice by itself."""
    yield from sent(stage, bill)
    yield bill.written + after
    stage.pay_beside(bill)


def paid_at_second_try(stage: Stage, bill: Bill, after: timedelta) -> Life:
    yield from sent(stage, bill)
    yield from _paid(stage, bill, after, DECLINED_CARD)
    yield bill.written + after + timedelta(minutes=7)
    stage.pay(bill)


def paid_in_parts(stage: Stage, bill: Bill, parts: tuple[tuple[timedelta, int], ...]) -> Life:
    """Each part is a percentage of what is due by then."""
    yield from sent(stage, bill)
    for after, share in parts:
        yield bill.written + after
        stage.view(bill)
        yield bill.written + after + timedelta(minutes=3)
        stage.pay(bill, share=share)


def debit_on_its_way(stage: Stage, bill: Bill, after: timedelta) -> Life:
    yield from sent(stage, bill)
    yield from _paid(stage, bill, after, BANK_DEBIT)


def debited(stage: Stage, bill: Bill, after: timedelta, settled: timedelta) -> Life:
    yield from debit_on_its_way(stage, bill, after)
    yield bill.written + settled
    stage.settle(bill)


def refunded(stage: Stage, bill: Bill, after: timedelta, then: timedelta, note: str) -> Life:
    yield from paid(stage, bill, after)
    yield bill.written + then
    stage.refund_all(bill, note)


def refunded_partly(stage: Stage, bill: Bill, after: timedelta, then: timedelta, amount: int, note: str) -> Life:
    yield from paid(stage, bill, after)
    yield bill.written + then
    stage.refund(bill, amount, note=note)


def refunded_in_dashboard(stage: Stage, bill: Bill, after: timedelta, then: timedelta, amount: int) -> Life:
    yield from paid(stage, bill, after)
    yield bill.written + then
    stage.refund_in_dashboard(bill, amount)


def disputed(
    stage: Stage,
    bill: Bill,
    after: timedelta,
    then: timedelta,
    reason: str,
    due_by: datetime,
    outcome: str = "",
) -> Life:
    """Without an outcome the dispute stays open and asks for evidence."""
    yield from paid(stage, bill, after)
    yield bill.written + then
    dispute_id = stage.dispute(bill, reason, due_by)
    if outcome:
        yield due_by - timedelta(days=2, hours=9)
        stage.turn_dispute(dispute_id, status="under_review")
        yield due_by + timedelta(days=11, hours=15)
        stage.turn_dispute(dispute_id, "/close", outcome=outcome)
