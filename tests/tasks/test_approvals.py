"""Above the limit of a role a refund waits for a second person: nothing leaves before, and one decision counts."""

import pytest
from builders import (
    STUDIO,
    a_paid_invoice,
    a_partly_paid_invoice,
    a_refund,
    come_home,
    pay,
    person,
    the_payment,
    the_world,
    timeline,
)
from cast import Cast
from flask import Flask
from refunding import limit_refunds, refund_in_dashboard, the_refund
from workers import work_off

from models.activity import AuditEntry
from models.base import db
from models.invoice import Invoice
from models.refund import count_waiting
from models.refund_limit import approvers
from models.refusal import Conflict, NotAllowed, Refused
from tasks import people
from tasks.accounts import record_revoked
from tasks.approvals import approve_refund, reject_refund
from tasks.audit import audit

pytestmark = pytest.mark.both_databases


@pytest.fixture
def invoice(app: Flask, cast: Cast) -> Invoice:
    """Paid with 100.00; staff refund up to 50.00 of an invoice alone."""
    invoice = a_paid_invoice()
    limit_refunds("50.00")
    return invoice


def at_stripe() -> int:
    return len(the_world().store.select("refund"))


def states(*refund_ids: int) -> list[str]:
    return [the_refund(refund_id).state for refund_id in refund_ids]


def test_what_is_within_the_limit_goes_at_once(invoice: Invoice) -> None:
    a_refund(invoice, "50.00")
    come_home()
    assert (invoice.refunded, count_waiting(db.session)) == (5000, 0)


def test_above_the_limit_it_waits_and_stripe_is_not_asked(invoice: Invoice) -> None:
    refund_id = a_refund(invoice, "50.01")[0]
    come_home()
    refund = the_refund(refund_id)
    assert (refund.state_words, refund.payment.refundable().amount, at_stripe()) == ("Waiting for approval", 4999, 0)
    assert (timeline(invoice)[-1], count_waiting(db.session), audit()) == ("refund_waiting", 1, [])


def test_a_second_person_lets_it_go(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    approve_refund(refund_id, cast.finance)
    come_home()
    refund = the_refund(refund_id)
    assert (refund.state, refund.approved_by, invoice.refunded) == ("succeeded", cast.finance, 8000)
    assert timeline(invoice)[-4:-1] == ["refund_waiting", "refund_approved", "refunded"]
    assert db.session.query(AuditEntry).filter_by(action="refund.approve").one().user_id == cast.finance.id


def test_the_limit_is_not_passed_in_slices(invoice: Invoice) -> None:
    slices = [a_refund(invoice, "30.00")[0] for _ in range(3)]
    assert states(*slices) == ["requested", "awaiting_approval", "awaiting_approval"]


def test_others_have_a_limit_of_their_own_and_what_failed_does_not_count(invoice: Invoice) -> None:
    the_world().faults.add("POST /v1/refunds", "400")
    a_refund(invoice, "50.00")
    work_off()
    assert states(a_refund(invoice, "50.00")[0], a_refund(invoice, "50.00", by="finance")[0]) == ["requested"] * 2


def test_in_another_currency_than_the_limits_it_always_waits(invoice: Invoice) -> None:
    limit_refunds("1000.00", "EUR")
    assert states(*a_refund(invoice, "1.00")) == ["awaiting_approval"]


def test_a_limit_that_is_switched_off_holds_nothing(invoice: Invoice, cast: Cast) -> None:
    people.set_refund_limit("staff", None, cast.admin)
    assert states(*a_refund(invoice, "100.00")) == ["requested"]


def test_nobody_approves_what_he_asked_for_whatever_his_role_became(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    with pytest.raises(NotAllowed):
        approve_refund(refund_id, cast.staff)
    people.change_role(cast.staff.id, "admin", cast.admin)
    with pytest.raises(Refused, match="You asked for this refund yourself"):
        approve_refund(refund_id, person("staff"))
    assert states(refund_id) == ["awaiting_approval"]


def test_those_who_may_approve_are_known(invoice: Invoice, cast: Cast) -> None:
    assert {user.id for user in approvers(db.session)} == {cast.admin.id, cast.finance.id}
    people.disable(cast.finance.id, cast.admin)
    assert {user.id for user in approvers(db.session)} == {cast.admin.id}


def test_rejecting_sets_the_money_free_and_says_why(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    with pytest.raises(Refused, match="Say why"):
        reject_refund(refund_id, cast.finance, "  ")
    reject_refund(refund_id, cast.finance, "Only 20.00 were agreed")
    come_home()
    refund = the_refund(refund_id)
    assert (refund.state, refund.payment.refundable().amount, at_stripe()) == ("canceled", 10000, 0)
    assert refund.about == "Rejected by Finance Person: Only 20.00 were agreed"
    assert (timeline(invoice)[-1], audit()) == ("refund_rejected", [])
    assert states(*a_refund(invoice, "50.00")) == ["requested"]


def test_who_asked_may_take_it_back_and_another_without_the_permission_may_not(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    with pytest.raises(NotAllowed):
        reject_refund(refund_id, cast.viewer, "No")
    reject_refund(refund_id, cast.staff, "A typing mistake")
    assert the_refund(refund_id).about == "Taken back by Staff Person: A typing mistake"


def test_all_parts_of_one_press_are_decided_together(invoice: Invoice, cast: Cast) -> None:
    split = a_partly_paid_invoice("100.00", "40.00")
    pay(split)
    come_home()
    parts = a_refund(split, "100.00")
    assert sorted(approve_refund(parts[1], cast.finance)) == sorted(parts)
    come_home()
    assert (split.status, split.refunded, audit()) == ("Refunded", 10000, [])


def test_what_a_dispute_has_taken_meanwhile_is_not_approved(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    the_world().dispute(str(the_payment(invoice).charge_id))
    come_home()
    with pytest.raises(Refused, match="It is disputed"):
        approve_refund(refund_id, cast.finance)
    assert states(refund_id) == ["awaiting_approval"]
    reject_refund(refund_id, cast.finance, "Disputed")
    assert audit() == []


def test_what_the_dashboard_has_given_back_meanwhile_no_longer_fits(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    refund_in_dashboard(invoice, 5000)
    come_home()
    with pytest.raises(Refused, match=r"no longer fits: \$50\.00 of this payment has gone back"):
        approve_refund(refund_id, cast.finance)


def test_an_account_that_was_left_meanwhile_is_named(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    record_revoked(STUDIO)
    with pytest.raises(Refused, match="is no longer connected"):
        approve_refund(refund_id, cast.finance)


def test_what_was_decided_is_not_decided_again(invoice: Invoice, cast: Cast) -> None:
    refund_id = a_refund(invoice, "80.00")[0]
    reject_refund(refund_id, cast.finance, "No")
    for decide in (approve_refund, lambda *who: reject_refund(*who, "No")):
        with pytest.raises(Conflict):
            decide(refund_id, cast.admin)


def test_a_double_click_on_what_waits_is_one_refund(invoice: Invoice) -> None:
    first = a_refund(invoice, "80.00", "0b0b8f4e-7e0f-4ac5-a2a0-1f1f7c1f0f0f")
    assert a_refund(invoice, "80.00", "0b0b8f4e-7e0f-4ac5-a2a0-1f1f7c1f0f0f") == first
    assert count_waiting(db.session) == 1
