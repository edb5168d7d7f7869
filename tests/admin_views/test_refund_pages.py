"""What the list and the page of a refund say of it, as far as anybody knows."""

from collections.abc import Callable
from datetime import timedelta

import builders
from babel.dates import format_date
from builders import STUDIO
from cast import Browser

from models.base import db
from models.clock import now
from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from models.refund import Refund
from tasks import transaction
from tasks.accounts import record_revoked
from tasks.manual_refunds import record_manual_refund
from tasks.unheard import settle_refund_by_hand

SignIn = Callable[[str], Browser]
LIST, PAGE = "/admin/refund/", "/admin/refund/details/?id=1"


def a_parked_refund() -> Invoice:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "10.00")
    with transaction() as session:
        refund = session.get_one(Refund, 1)
        refund.due_at, refund.parked_at, refund.last_error = None, now(), "ZeroDivisionError"
    return invoice


def test_of_a_recorded_refund_only_the_day_is_shown(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice()
    record_revoked(STUDIO)
    day, payment_id = the_organization(db.session).today() + timedelta(days=1), builders.the_payment(invoice).id
    db.session.rollback()
    with builders.in_a_while(days=3):
        record_manual_refund(payment_id, Money(1000, "USD"), day, builders.person("finance"), new_operation())
    staff, noon = signed_in("staff"), "12:00"
    payment_page, invoice_page = f"/admin/payment/details/?id={payment_id}", f"/admin/invoice/details/?id={invoice.id}"
    for page in map(staff.get, (LIST, PAGE, payment_page, invoice_page)):
        assert format_date(day, locale="en_US") in page.text
        assert noon not in page.text


def test_what_is_over_needs_no_attention(signed_in: SignIn) -> None:
    a_parked_refund()
    staff, pill = signed_in("staff"), f"{LIST}?flt0_state_is=attention"
    assert "Grace Hopper" in staff.get(pill).text
    with transaction() as session:
        session.get_one(Refund, 1).state = "failed"
    assert "Grace Hopper" not in staff.get(pill).text


def test_what_was_given_up_at_a_connected_account_can_be_tried_again(signed_in: SignIn) -> None:
    a_parked_refund()
    page = signed_in("staff").get(PAGE).text
    assert "Whether Stripe made this refund is not known" in page
    assert "It is asked for again every night, and now if you press Retry." in page
    assert ">Retry<" in page


def test_what_a_person_has_ended_is_not_said_to_have_failed(signed_in: SignIn) -> None:
    refund_id = builders.a_refund(builders.a_paid_invoice(), "10.00")[0]
    record_revoked(STUDIO)
    settle_refund_by_hand(refund_id, builders.person("finance"), "It is in the Dashboard")
    page = signed_in("staff").get(PAGE).text
    assert ("This refund does not count" in page, "did not go back" in page) == (True, False)
