"""Settings → Webhooks, and every event that has come: shown from what we know, without asking Stripe."""

import json
from collections.abc import Callable

import pytest
from builders import STUDIO, a_disputed_invoice, a_paid_invoice, come_home, connected, in_a_while, the_world
from cast import Browser
from flask import Flask
from sqlalchemy import event as events_of

from models.base import db
from models.clock import now
from models.reconciliation import WebhookCheck
from models.stripe_event import StripeEvent
from tasks import reading, transaction
from tasks.webhooks import check_webhooks

SignIn = Callable[[str], Browser]
PAGE, LIST = "/admin/webhooks/", "/admin/event/"


def ask_stripe() -> None:
    """What the clock asks a worker for."""
    db.session.rollback()
    check_webhooks()


def an_event(number: int = 1, **fields: object) -> int:
    thing = {"id": f"pi_{number}", "object": "payment_intent", "client_secret": "pi_1_secret_xyz"}
    known = {"event_id": f"evt_{number}", "type": "payment_intent.succeeded", "account": STUDIO, "object_id": "pi_1"}
    with transaction() as session:
        row = StripeEvent(**known | {"created_at": now(), "body": json.dumps({"data": {"object": thing}})} | fields)
        session.add(row)
        session.flush()
        return row.id


def a_parked_event() -> int:
    return an_event(parked_at=now(), last_error="No such payment_intent: 'pi_1'")


def test_the_page_says_that_all_is_well(signed_in: SignIn, app: Flask) -> None:
    a_paid_invoice()
    ask_stripe()
    page = signed_in("finance").get(PAGE).text
    assert ("All is well" in page, "18 of 18 needed" in page, "Waiting for a person" in page) == (True, True, False)
    assert "checkout.session.completed" in page.split("Not heard yet")[0]
    assert "charge.dispute.created" in page.split("Not heard yet")[1]


def test_what_was_not_checked_or_not_lately_is_not_called_well(signed_in: SignIn, app: Flask) -> None:
    a_paid_invoice()
    finance = signed_in("finance")
    assert ("Not checked" in finance.get(PAGE).text, "All is well" in finance.get(PAGE).text) == (True, False)
    ask_stripe()
    assert "All is well" in finance.get(PAGE).text
    with in_a_while(minutes=20):
        page = finance.get(PAGE).text
    assert ("as long as the clock and a worker run" in page, "All is well" in page) == (True, False)


def test_the_page_asks_stripe_nothing(signed_in: SignIn, app: Flask) -> None:
    connected()
    finance = signed_in("finance")
    before = len(the_world().requests)
    for address in (PAGE, LIST, "/admin/reconciliation/"):
        assert finance.get(address).status_code == 200
    assert len(the_world().requests) == before


def test_what_is_wrong_stands_with_what_to_do(signed_in: SignIn, app: Flask) -> None:
    connected()
    the_world().change_endpoint(disabled=True)
    ask_stripe()
    page = signed_in("admin").get(PAGE).text
    assert "Needs attention" in page
    assert "Enable it in Stripe&#39;s Webhooks." in page


def test_check_now_asks_a_worker(signed_in: SignIn, app: Flask) -> None:
    finance = signed_in("finance")
    assert finance.post_form(f"{PAGE}check", page=PAGE).status_code == 303
    assert "Asking Stripe…" in finance.get(PAGE).text
    ask_stripe()
    with reading() as session:
        assert session.get_one(WebhookCheck, 1).checked_at
    assert "Asking Stripe…" not in finance.get(PAGE).text


def test_a_parked_event_is_tried_again_from_the_page(signed_in: SignIn, app: Flask) -> None:
    connected()
    row = a_parked_event()
    finance = signed_in("finance")
    assert "No such payment_intent" in finance.get(PAGE).text
    answer = finance.post_form("/admin/event/retry", {"id": row, "back": "webhooks"}, page=PAGE)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    with reading() as session:
        assert session.get_one(StripeEvent, row).due_at


def test_an_event_that_does_not_wait_says_so(signed_in: SignIn, app: Flask) -> None:
    row = an_event(outcome="handled")
    answer = signed_in("finance").post_form("/admin/event/retry", {"id": row}, page=PAGE, follow_redirects=True)
    assert "does not wait for anybody any more" in answer.text


def test_parked_events_are_tried_again_together(signed_in: SignIn, app: Flask) -> None:
    connected()
    same_object = [an_event(number, parked_at=now(), last_error="x") for number in (1, 2, 3)]
    form = {"action": "retry", "rowid": [*same_object, an_event(4, outcome="handled")]}
    page = signed_in("finance").post_form("/admin/event/action/", form, page=PAGE, follow_redirects=True).text
    assert "3 of 4 selected events are tried again." in page
    assert "does not wait for anybody" not in page


def test_an_event_is_found_by_its_id_and_its_object(signed_in: SignIn, app: Flask) -> None:
    an_event(1, object_id="pi_wanted")
    an_event(2, object_id="pi_other", type="refund.created")
    finance = signed_in("finance")
    for search in ("evt_1", " pi_wanted "):
        page = finance.get(LIST, query_string={"search": search}).text
        assert ("pi_wanted" in page, "pi_other" in page) == (True, False)
    assert "pi_wanted" not in finance.get(f"{LIST}?flt1_type_equals=refund.created").text
    assert "pi_wanted" not in finance.get(f"{LIST}?search=pi_wan").text


def test_the_list_tells_them_apart(signed_in: SignIn, app: Flask) -> None:
    an_event(1, object_id="pi_parked", parked_at=now(), last_error="x")
    an_event(2, object_id="pi_retried", due_at=now(), last_error="y")
    an_event(3, object_id="pi_waiting", due_at=now())
    finance = signed_in("finance")
    for kind, shown in (("parked", 1), ("retried", 1), ("waiting", 2)):
        assert finance.get(f"{LIST}?flt0_state_is={kind}").text.count('<span class="mono breaks">pi_') == shown


def test_the_body_is_shown_without_secrets(signed_in: SignIn, app: Flask) -> None:
    row = an_event()
    page = signed_in("finance").get(f"{LIST}details/?id={row}").text
    assert ("secret_xyz" in page, "client_secret" in page, STUDIO in page) == (False, True, True)


def test_no_real_event_shows_a_pay_link_or_a_client_secret(signed_in: SignIn, app: Flask) -> None:
    a_disputed_invoice()
    for event in db.session.query(StripeEvent):
        assert "_secret_" not in event.shown_body
        assert "/pay/" not in event.shown_body.replace("/pay/…", "")


@pytest.mark.parametrize("role", ["viewer", "staff"])
def test_others_see_neither_page_nor_events(signed_in: SignIn, app: Flask, role: str) -> None:
    browser = signed_in(role)
    assert {browser.get(address).status_code for address in (PAGE, LIST, "/admin/reconciliation/")} == {403}
    assert "/admin/webhooks/" not in browser.get("/admin/").text


def test_the_pages_take_the_same_number_of_queries_for_one_event_as_for_many(signed_in: SignIn, app: Flask) -> None:
    connected()
    come_home()
    finance = signed_in("finance")

    def queries(address: str) -> int:
        asked: list[str] = []

        def note(connection: object, cursor: object, statement: str, *_: object) -> None:
            asked.append(statement)

        events_of.listen(db.engine, "before_cursor_execute", note)
        assert finance.get(address).status_code == 200
        events_of.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    an_event(0, parked_at=now(), last_error="x")
    an_event(100, due_at=now(), last_error="x")
    few = [queries(address) for address in (PAGE, LIST)]
    for number in range(1, 31):
        an_event(number, type=f"type.{number}", parked_at=now(), last_error="x")
    assert [queries(address) for address in (PAGE, LIST)] == few
