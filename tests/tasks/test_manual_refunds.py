"""What was given back without us is recorded by hand, counts at once, and never twice."""

from datetime import date, timedelta

import pytest
from babel.dates import format_date
from builders import (
    STUDIO,
    a_paid_invoice,
    a_refund,
    an_invoice_paid_in_cash,
    come_home,
    connected,
    in_a_while,
    open_matters,
    person,
    the_payment,
    the_world,
    timeline,
    today,
)
from cast import Cast
from flask import Flask
from mail_sink import Mailbox
from refunding import refund_in_dashboard, the_refund

from models.attention import Attention
from models.base import db
from models.credit_note import CreditNote
from models.invoice import Invoice, new_operation
from models.money import Money
from models.refund import Refund
from models.refusal import Conflict, NotAllowed, Refused
from tasks import transaction
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.manual_refunds import record_manual_refund, take_back_record
from tasks.reconcile import reconcile
from tasks.refunds import send_refund
from tasks.unheard import settle_refund_by_hand

pytestmark = pytest.mark.both_databases
TEN = Money(1000, "USD")


@pytest.fixture
def invoice(app: Flask) -> Invoice:
    """Paid on an account that has let us go since."""
    invoice = a_paid_invoice()
    record_revoked(STUDIO)
    return invoice


def record(
    invoice: Invoice, amount: Money = TEN, given_on: date | None = None, notice: bool = False, **more: str
) -> int:
    payment_id, day = the_payment(invoice).id, given_on or today()
    db.session.rollback()
    operation = more.pop("operation", "") or new_operation()
    return record_manual_refund(payment_id, amount, day, person("finance"), operation, notice=notice, **more)


def test_it_counts_at_once_and_is_marked(invoice: Invoice) -> None:
    refund = the_refund(record(invoice, note="In the Dashboard"))
    come_home()
    assert (refund.state, refund.origin_words, refund.who) == ("succeeded", "Recorded by hand", "Finance Person")
    assert (invoice.refunded, invoice.status, timeline(invoice)[-1]) == (1000, "Paid", "refunded")
    assert (db.session.query(CreditNote).count(), audit()) == (1, [])


def test_the_customer_hears_of_it_if_asked_for_as_of_what_is_past(invoice: Invoice, mailbox: Mailbox) -> None:
    day = today() + timedelta(days=1)
    with in_a_while(days=3):
        record(invoice, given_on=day, notice=True)
        come_home()
    said = mailbox[-1]
    assert timeline(invoice)[-2:] == ["refunded", "refund_notice_sent"]
    assert "Your money was given back" in said.text
    assert (format_date(day, locale="en_US") in said.text, "12:00" in said.text) == (True, False)
    assert "on its way" not in said.text + said.html
    assert audit() == []


def test_what_went_back_in_cash_appears_on_no_statement(app: Flask, mailbox: Mailbox) -> None:
    invoice = an_invoice_paid_in_cash()
    record(invoice, notice=True)
    come_home()
    assert "Refunded: $10.00" in mailbox[-1].text
    assert not [words for words in ("statement", "to Cash") if words in mailbox[-1].text]


def test_a_double_click_records_once(invoice: Invoice) -> None:
    operation = new_operation()
    assert record(invoice, operation=operation) == record(invoice, operation=operation)
    with pytest.raises(Conflict):
        record(invoice, Money(2000, "USD"), operation=operation)


def test_what_stripe_will_tell_by_itself_is_not_recorded(app: Flask) -> None:
    with pytest.raises(Refused, match="Stripe itself tells us"):
        record(a_paid_invoice())


def test_only_who_records_payments_records_refunds(invoice: Invoice, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        record_manual_refund(the_payment(invoice).id, TEN, today(), cast.staff, new_operation())


@pytest.mark.parametrize(("days", "words"), [(1, "still to come"), (-1, "before the payment")])
def test_a_day_that_cannot_be_is_refused(invoice: Invoice, days: int, words: str) -> None:
    with pytest.raises(Refused, match=words):
        record(invoice, given_on=today() + timedelta(days=days))


@pytest.mark.parametrize("amount", [Money(0, "USD"), Money(10001, "USD"), Money(1000, "EUR")])
def test_more_than_is_left_is_refused_with_what_is(invoice: Invoice, amount: Money) -> None:
    with pytest.raises(Refused, match=r"up to \$100\.00"):
        record(invoice, amount)


@pytest.mark.parametrize("typed", ["ch_123", "re", "re_<script>", "re_" + "1" * 80])
def test_what_is_no_refund_at_stripe_is_refused(invoice: Invoice, typed: str) -> None:
    with pytest.raises(Refused, match="is not a refund at Stripe"):
        record(invoice, stripe_id=typed)


def test_stripes_own_refund_is_the_recorded_one_once_the_account_is_back(invoice: Invoice) -> None:
    stripe_id = refund_in_dashboard(invoice, 1000)
    refund_id = record(invoice)
    connected()
    reconcile()
    refund = the_refund(refund_id)
    assert (refund.stripe_id, refund.origin, refund.state) == (stripe_id, "manual", "succeeded")
    assert (db.session.query(Refund).count(), the_payment(invoice).refunded, audit()) == (1, 1000, [])


def test_two_recorded_ones_are_two_of_stripes(invoice: Invoice) -> None:
    made = {refund_in_dashboard(invoice, 1000) for _ in range(2)}
    for _ in range(2):
        record(invoice)
    connected()
    reconcile()
    assert {refund.stripe_id for refund in db.session.query(Refund)} == made


def test_the_typed_number_decides_which_one_it_is(invoice: Invoice) -> None:
    first, second = (refund_in_dashboard(invoice, 1000) for _ in range(2))
    refund_id = record(invoice, stripe_id=second)
    with pytest.raises(Conflict, match="recorded already"):
        record(invoice, stripe_id=second)
    connected()
    reconcile()
    assert the_refund(refund_id).stripe_id == second
    other = db.session.query(Refund).filter_by(stripe_id=first).one()
    assert (other.origin, the_payment(invoice).refunded) == ("dashboard", 2000)


def test_a_number_of_another_refund_is_taken_off_the_record_and_laid_before_staff(invoice: Invoice) -> None:
    stripe_id = refund_in_dashboard(invoice, 2500)
    refund_id = record(invoice, stripe_id=stripe_id)
    connected()
    reconcile()
    refund, theirs = the_refund(refund_id), db.session.query(Refund).filter_by(stripe_id=stripe_id).one()
    assert (refund.stripe_id, refund.amount, theirs.amount, theirs.origin) == (None, 1000, 2500, "dashboard")
    matter = db.session.query(Attention).one()
    assert (matter.kind, matter.refund_id, matter.detail) == ("refund_unlike", refund_id, stripe_id)
    take_back_record(refund_id, person("finance"), "It was the other one")
    db.session.rollback()
    assert (matter.resolution, the_payment(invoice).refunded, audit()) == ("settled", 2500, [])


def test_a_number_that_belongs_to_another_payment_does_not_move_its_refund(invoice: Invoice) -> None:
    connected()
    other = a_paid_invoice()
    stripe_id = refund_in_dashboard(other, 1000)
    record_revoked(STUDIO)
    refund_id = record(invoice, stripe_id=stripe_id)
    connected()
    reconcile()
    assert (the_refund(refund_id).stripe_id, the_payment(other).refunded) == (None, 1000)
    assert [matter.kind for matter in db.session.query(Attention)] == ["refund_unlike"]


def test_what_stripe_made_after_the_account_was_back_is_another_one(invoice: Invoice) -> None:
    record(invoice)
    connected()
    the_world().clock.advance(5)
    refund_in_dashboard(invoice, 1000)
    come_home()
    assert (db.session.query(Refund).count(), the_payment(invoice).refunded) == (2, 2000)


def test_what_waits_for_stripe_is_not_given_back_again_by_hand(app: Flask) -> None:
    invoice = a_paid_invoice()
    a_refund(invoice, "100.00")
    record_revoked(STUDIO)
    with pytest.raises(Refused, match="Nobody knows yet"):
        record(invoice)


def test_what_was_recorded_by_mistake_is_taken_back(invoice: Invoice, mailbox: Mailbox) -> None:
    refund_id = record(invoice, notice=True)
    with pytest.raises(Refused, match="Say why"):
        take_back_record(refund_id, person("finance"), "")
    take_back_record(refund_id, person("finance"), "It was another customer")
    come_home()
    refund = the_refund(refund_id)
    assert (refund.state, invoice.refunded, the_payment(invoice).refundable()) == ("canceled", 0, Money(10000, "USD"))
    assert refund.about == "Recorded by mistake, says Finance Person: It was another customer"
    assert db.session.query(CreditNote).one().canceled_at
    assert timeline(invoice)[-2:] == ["refund_taken_back", "message_superseded"]
    assert (db.session.query(Attention).count(), audit()) == (0, [])
    assert "Refund" not in mailbox[-1].subject
    with pytest.raises(Conflict):
        take_back_record(refund_id, person("finance"), "Again")


def test_the_number_of_a_record_that_was_taken_back_is_free_for_the_right_one(invoice: Invoice) -> None:
    stripe_id = refund_in_dashboard(invoice, 1000)
    wrong = record(invoice, stripe_id=stripe_id)
    take_back_record(wrong, person("finance"), "Another day")
    right = record(invoice, stripe_id=stripe_id)
    connected()
    reconcile()
    assert (the_refund(wrong).state, the_refund(right).looked_at is not None) == ("canceled", True)
    assert (the_payment(invoice).refunded, db.session.query(Attention).count(), audit()) == (1000, 0, [])


def test_what_was_taken_back_counts_once_when_stripe_shows_it(invoice: Invoice) -> None:
    wrong = record(invoice, stripe_id=refund_in_dashboard(invoice, 1000))
    take_back_record(wrong, person("finance"), "Another day")
    right = record(invoice)
    connected()
    reconcile()
    assert [the_refund(one).state for one in (wrong, right)] == ["canceled", "succeeded"]
    assert (the_payment(invoice).refunded, db.session.query(Refund).count(), audit()) == (1000, 2, [])


def test_another_amount_than_the_recorded_one_is_laid_before_staff(invoice: Invoice) -> None:
    stripe_id = refund_in_dashboard(invoice, 2500)
    refund_id = record(invoice)
    connected()
    reconcile()
    matter = db.session.query(Attention).one()
    assert (matter.kind, matter.refund_id, matter.detail) == ("refund_unlike", refund_id, stripe_id)


def test_a_doubt_is_over_when_stripe_shows_the_recorded_refund_too(invoice: Invoice) -> None:
    for minor in (2500, 1000):
        the_world().clock.advance(1)
        refund_in_dashboard(invoice, minor)
    record(invoice)
    the_world().clock.advance(1)
    with in_a_while(seconds=10):
        connected()
        reconcile()
    assert (open_matters(), the_payment(invoice).refunded, audit()) == ([], 3500, [])


def test_what_stripe_has_made_or_confirmed_is_not_taken_back(invoice: Invoice) -> None:
    refund_in_dashboard(invoice, 1000)
    recorded = record(invoice)
    connected()
    reconcile()
    made = a_refund(invoice, "10.00")[0]
    for refund_id, words in ((recorded, "Stripe has confirmed"), (made, "Only a refund that was recorded by hand")):
        with pytest.raises(Refused, match=words):
            take_back_record(refund_id, person("finance"), "A mistake")


def test_only_who_records_refunds_takes_them_back(invoice: Invoice, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        take_back_record(record(invoice), cast.staff, "A mistake")


def test_nothing_is_recorded_while_nobody_knows_what_became_of_an_issued_refund(app: Flask) -> None:
    invoice = a_paid_invoice()
    issued = a_refund(invoice, "40.00")[0]
    record_revoked(STUDIO)
    with pytest.raises(Refused, match=r"refund of \$40.00 that is on its way"):
        record(invoice)
    settle_refund_by_hand(issued, person("finance"), "Not in the Dashboard")
    assert record(invoice)


def test_an_issued_refund_that_was_made_keeps_its_number_from_a_record(app: Flask) -> None:
    invoice = a_paid_invoice()
    the_world().faults.add("POST /v1/refunds", "reset", when="after", times=1)
    issued = a_refund(invoice, "10.00")[0]
    send_refund(issued)
    made = the_world().store.select("refund")[0]["id"]
    record_revoked(STUDIO)
    become(issued, "canceled")
    recorded = record(invoice, stripe_id=made)
    become(issued, "requested")  # older versions let both stand
    connected()
    reconcile()
    assert (the_refund(issued).stripe_id, the_refund(recorded).stripe_id) == (made, None)
    assert (db.session.query(Attention).one().kind, audit()) == ("refund_unlike", [])


def become(refund_id: int, state: str) -> None:
    with transaction() as session:
        session.get_one(Refund, refund_id).state = state
