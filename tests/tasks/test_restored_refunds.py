"""An older backup is restored that knows a refund as not sent yet: what it lost may have sent it. It is sent once."""

from collections.abc import Iterator

import pytest
from builders import a_paid_invoice, a_refund, in_a_while, person, the_payment, the_world
from flask import Flask
from refunding import limit_refunds, the_refund

from models.claimable import ABSENCE
from models.invoice import Invoice
from models.refund import Refund
from tasks import reading
from tasks.approvals import approve_refund
from tasks.audit import audit
from tasks.refunds import REFUNDS, send_refund

pytestmark = pytest.mark.both_databases
DAY = 24 * 60


@pytest.fixture
def invoice(app: Flask) -> Iterator[Invoice]:
    """Paid; Stripe's webhooks will not tell us of its refund."""
    invoice = a_paid_invoice()
    the_world().deliveries.mode = "hold"
    yield invoice
    assert audit() == []


def send_in_what_is_lost(refund_id: int) -> None:
    """What was done after the backup had been made: Stripe knows of it, our rows do not."""
    with reading() as session:
        refund = session.get_one(Refund, refund_id)
        state, refund.state = refund.state, "requested"
        call = REFUNDS.prepare(session, refund)
        refund.state = state
    assert call
    REFUNDS.create(call)


def send(refund_id: int, minutes_later: float) -> Refund:
    """The sweep finds the row so much later than it was written."""
    the_world().clock.set(None)
    the_world().clock.advance(int(60 * minutes_later))
    with in_a_while(minutes=minutes_later):
        send_refund(refund_id)
    return the_refund(refund_id)


def given_back() -> list[int]:
    return [refund["amount"] for refund in the_world().store.select("refund")]


@pytest.mark.parametrize("minutes_later", [2, DAY + 60, 30 * DAY])
def test_what_was_sent_after_the_backup_is_not_sent_again(invoice: Invoice, minutes_later: int) -> None:
    refund_id = a_refund(invoice, "40.00")[0]
    send_in_what_is_lost(refund_id)
    assert (send(refund_id, minutes_later).state, given_back()) == ("succeeded", [4000])


def test_what_was_approved_and_sent_after_the_backup_is_not_sent_again(invoice: Invoice) -> None:
    limit_refunds("10.00")
    refund_id = a_refund(invoice, "40.00")[0]
    send_in_what_is_lost(refund_id)
    with in_a_while(minutes=DAY + 60):
        approve_refund(refund_id, person("finance"))
    assert (send(refund_id, DAY + 61).state, given_back()) == ("succeeded", [4000])


def test_a_first_answer_that_stripe_repeats_is_no_news_of_what_became_of_the_refund(app: Flask) -> None:
    invoice = a_paid_invoice(card="4000000000005126")
    the_world().deliveries.mode = "hold"
    refund_id = a_refund(invoice, "40.00")[0]
    send_in_what_is_lost(refund_id)
    refund = send(refund_id, 5)
    assert (refund.state, the_payment(invoice).reserved) == ("failed", 0)


def test_what_nobody_has_sent_for_a_day_is_sent_once_two_lists_have_shown_that(invoice: Invoice) -> None:
    refund_id = a_refund(invoice, "40.00")[0]
    waiting = DAY + 60 + ABSENCE.seconds / 60
    for minutes in (DAY + 60, waiting - 0.1):
        assert (send(refund_id, minutes).state, given_back()) == ("requested", [])
    for minutes in (waiting, waiting + 5):
        assert (send(refund_id, minutes).state, given_back()) == ("succeeded", [4000])
