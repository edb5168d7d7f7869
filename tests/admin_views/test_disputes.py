"""Disputes, payments and refunds as staff read them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
import pytest
from cast import Browser

from models.base import db
from models.clock import moved_to, now
from models.dispute import Dispute
from models.organization import Organization
from models.payment import Payment
from tasks import transaction

SignIn = Callable[[str], Browser]


def dispute(due_in: timedelta, amount: str, name: str) -> None:
    invoice = builders.a_paid_invoice(amount, contact=builders.a_contact(name=name))
    charge = str(builders.the_payment(invoice).charge_id)
    builders.the_world().dispute(charge, due_by=int((now() + due_in).timestamp()), reason="product_not_received")
    builders.come_home()


@pytest.mark.both_databases
def test_the_soonest_due_comes_first_with_its_days_left(signed_in: SignIn) -> None:
    dispute(timedelta(days=9), "90.00", "Later Person")
    dispute(timedelta(days=5), "50.00", "Sooner Person")
    page = signed_in("viewer").get("/admin/dispute/").text
    assert page.index("Sooner Person") < page.index("Later Person")
    for words in ("Payment Disputes", "Evidence due by", "in 5 days", "Needs a response", "Product not received"):
        assert words in page


def test_closed_disputes_have_a_tab_of_their_own(signed_in: SignIn) -> None:
    builders.a_disputed_invoice("40.00")
    found = db.session.query(Dispute).one()
    db.session.rollback()
    builders.the_world().close_dispute(found.stripe_id, "won")
    builders.come_home()
    viewer = signed_in("viewer")
    assert "Won" in viewer.get("/admin/dispute/?flt0_state_is=closed").text
    assert "Nothing found" in viewer.get("/admin/dispute/?flt0_state_is=active").text
    assert viewer.get("/admin/dispute/?flt0_state_is=made-up").status_code == 200


def test_of_closed_disputes_the_newest_comes_first_whatever_their_deadlines_were(signed_in: SignIn) -> None:
    dispute(timedelta(days=5), "50.00", "Older Person")
    dispute(timedelta(days=9), "90.00", "Newer Person")
    with transaction() as session:
        for one in session.query(Dispute):
            one.status, one.created_at = "lost", now() - timedelta(days=60 if one.amount == 5000 else 1)
    page = signed_in("viewer").get("/admin/dispute/").text
    assert page.index("Newer Person") < page.index("Older Person")


def test_a_dispute_s_page_tells_what_happened_and_what_it_costs(signed_in: SignIn) -> None:
    invoice = builders.a_disputed_invoice("420.00", "fraudulent")
    page = signed_in("viewer").get("/admin/dispute/details/?id=1").text
    for words in (
        "$420.00 disputed",
        "Fraudulent",
        "Withdrawn by Stripe",
        "$15.00",
        "Evidence due by",
        str(invoice.number),
    ):
        assert words in page
    assert "Stripe's Dashboard" in page


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(days=5), "in 5 days"),
        (timedelta(days=1, hours=2), "in 1 day"),
        (timedelta(hours=7, minutes=30), "in 7 hours"),
        (timedelta(minutes=20), "in less than an hour"),
        (timedelta(seconds=-1), "the deadline has passed"),
    ],
)
def test_time_left_is_said_as_people_say_it(ahead: timedelta, words: str) -> None:
    with moved_to(datetime(2026, 3, 4, 12, tzinfo=UTC)):
        # A margin, because the clock of a rehearsal goes on.
        due = now() + ahead + (timedelta(seconds=30) if ahead > timedelta() else timedelta())
        assert Dispute(due_by=due).time_left(Organization(time_zone="UTC")) == words


def test_days_left_are_counted_on_the_organization_s_calendar() -> None:
    noon = datetime(2026, 3, 4, 12, tzinfo=ZoneInfo("Asia/Tokyo"))
    with moved_to(noon):
        late = Dispute(due_by=datetime(2026, 3, 6, 0, 30, tzinfo=ZoneInfo("Asia/Tokyo")))
        assert late.time_left(Organization(time_zone="Asia/Tokyo")) == "in 2 days"
        assert late.time_left(Organization(time_zone="UTC")) == "in 1 day"


@pytest.mark.both_databases
def test_payments_can_be_searched_and_filtered(signed_in: SignIn) -> None:
    builders.a_paid_invoice("64.47", contact=builders.a_contact(name="Mara Lindqvist"))
    viewer = signed_in("viewer")
    intent = db.session.query(Payment).one().payment_intent_id
    for query in ("search=Mara", f"search={intent}", "flt0_state_is=succeeded"):
        assert "$64.47" in viewer.get(f"/admin/payment/?{query}").text
    assert "Nothing found" in viewer.get("/admin/payment/?search=nobody").text


def test_a_payment_s_page_has_its_refunds_and_disputes(signed_in: SignIn) -> None:
    invoice = builders.a_paid_invoice("80.00")
    builders.a_refund(invoice, "30.00")
    builders.come_home()
    viewer = signed_in("viewer")
    page = viewer.get("/admin/payment/details/?id=1").text
    for words in ("Partially refunded", "$30.00", str(invoice.number), "Visa"):
        assert words in page
    assert "Refund of $30.00" in viewer.get("/admin/refund/details/?id=1").text


@pytest.mark.parametrize(("outcome", "words"), [("", "Disputed"), ("lost", "Lost to a dispute"), ("won", "Succeeded")])
def test_a_disputed_payment_is_not_called_succeeded_anywhere(signed_in: SignIn, outcome: str, words: str) -> None:
    invoice = builders.a_disputed_invoice("40.00")
    found = db.session.query(Dispute).one().stripe_id
    db.session.rollback()
    if outcome:
        builders.the_world().close_dispute(found, outcome)
        builders.come_home()
    viewer = signed_in("viewer")
    listed = viewer.get("/admin/payment/").text
    on_invoice = viewer.get(f"/admin/invoice/details/?id={invoice.id}").text
    boxes = (listed[listed.index("<tbody") :], viewer.get("/admin/").text, on_invoice)
    for shown in boxes:
        badges = {word for word in ("Disputed", "Lost to a dispute", "Succeeded") if f">{word}</span>" in shown}
        assert words in badges
        assert words == "Succeeded" or "Succeeded" not in badges


def test_a_refund_that_stripe_has_not_answered_is_not_called_refunded(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice("80.00"), "30.00")
    page = signed_in("viewer").get("/admin/refund/details/?id=1").text
    assert "Stripe has not confirmed this refund yet" in page
    assert "Succeeded" not in page


def test_an_id_that_is_none_is_a_404(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    wrong = ("?id=1,2", "?id=x", "?id=99999", "?id=９", "?id=-1", f"?id={'9' * 40}")
    nouns = ("dispute", "payment", "refund", "message", "people")
    asked = [f"/admin/{noun}/details/{ids}" for noun in nouns for ids in wrong]
    assert {admin.get(address).status_code for address in asked} == {404}
