from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
import stripe
from flask import Flask
from flask.testing import FlaskClient
from sandbox_builders import order
from werkzeug.test import TestResponse

from sandbox.accounts import STUDIO
from sandbox.smtp import start_smtp
from sandbox.world import World

PLACE = "http://127.0.0.1:8001"


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client()


def press(browser: FlaskClient, session: object, **form: str) -> TestResponse:
    return browser.post(f"/c/pay/{session.id}", data=form, base_url=PLACE)  # type: ignore[attr-defined]


def test_the_checkout_page_shows_what_is_paid_and_to_whom(browser: FlaskClient, client: stripe.StripeClient) -> None:
    price = {"currency": "usd", "unit_amount": 4_500, "product_data": {"name": "<script>alert(1)</script>"}}
    params = order(line_items=[{"price_data": price, "quantity": 2}], customer_email="ada@example.com")
    page = browser.get(f"/c/pay/{client.v1.checkout.sessions.create(params).id}", base_url=PLACE)
    for text in ("Northwind Studio", "Pay $90.00", "ada@example.com", "4242 4242 4242 4242", "no real money"):
        assert text in page.text
    assert "<script>alert" not in page.text
    assert "form-action 'self' http://127.0.0.1:8000" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers


def test_a_test_card_pays_by_one_click(browser: FlaskClient, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    answer = press(browser, session, method="4242424242424242")
    assert answer.location == f"http://127.0.0.1:8000/back?session={session.id}"
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_declined_card_is_told_on_the_page(browser: FlaskClient, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    answer = press(browser, session, card="4000 0000 0000 0002", email="ada@example.com")
    assert "Your card was declined." in answer.text
    assert "ada@example.com" in answer.text


def test_authentication_is_a_step_of_its_own(browser: FlaskClient, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    assert "Complete authentication" in press(browser, session, method="4000002500003155").text
    intent = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    assert client.v1.payment_intents.retrieve(intent).status == "requires_action"
    failed = press(browser, session, method="4000002500003155", authentication="fail")
    assert "unable to authenticate" in failed.text
    press(browser, session, method="4000002500003155", authentication="complete")
    assert client.v1.payment_intents.retrieve(intent).status == "succeeded"


def test_a_closed_checkout_says_so_in_a_friendly_way(
    world: World, browser: FlaskClient, client: stripe.StripeClient
) -> None:
    paid, expired = (client.v1.checkout.sessions.create(order()) for _ in range(2))
    world.pay(paid.id)
    client.v1.checkout.sessions.expire(expired.id)
    assert "You have already paid" in press(browser, paid, method="4242424242424242").text
    assert "has expired" in browser.get(f"/c/pay/{expired.id}", base_url=PLACE).text
    assert browser.get("/c/pay/cs_none", base_url=PLACE).status_code == 404


def test_the_control_page_has_a_button_for_each_turn(
    browser: FlaskClient, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    browser.post(f"/control/charges/{paid.id}/dispute", data={}, base_url=PLACE)
    dispute = client.v1.disputes.list().data[0]
    page = browser.get("/", base_url=PLACE)
    assert f"/control/disputes/{dispute.id}/close" in page.text
    answer = browser.post(f"/control/disputes/{dispute.id}/close", data={"outcome": "lost"}, base_url=PLACE)
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.v1.disputes.retrieve(dispute.id).status == "lost"


def test_what_the_owner_of_the_account_does_has_its_button(
    browser: FlaskClient, client: stripe.StripeClient, paid: stripe.Charge
) -> None:
    page = browser.get("/", base_url=PLACE).text
    for verb in ("refund", "repeat"):
        assert f"/control/charges/{paid.id}/{verb}" in page
        assert browser.post(f"/control/charges/{paid.id}/{verb}", data={}, base_url=PLACE).status_code == 200
    assert len(client.v1.payment_intents.list().data) == 2
    refund = client.v1.refunds.list().data[0]
    for status in ("requires_action", "canceled"):
        browser.post(f"/control/refunds/{refund.id}", data={"status": status}, base_url=PLACE)
        assert client.v1.refunds.retrieve(refund.id).status == status
    browser.post(f"/control/accounts/{STUDIO}/drain", data={}, base_url=PLACE)
    assert "Allow bank debits" in browser.get("/", base_url=PLACE).text
    browser.post(f"/control/accounts/{STUDIO}/top_up", data={"amount": "100000"}, base_url=PLACE)
    assert client.v1.balance.retrieve().available[0].amount == 100_000


def test_the_endpoint_is_turned_on_the_control_page(
    world: World, browser: FlaskClient, platform: stripe.StripeClient
) -> None:
    form = {"enabled_events": "charge.succeeded refund.created", "api_version": "2025-09-30.clover"}
    assert browser.post("/control/endpoint", data=form, base_url=PLACE).status_code == 303
    page = browser.get("/", base_url=PLACE).text
    assert "in the version 2025-09-30.clover, of connected accounts: charge.succeeded, refund.created." in page
    browser.post("/control/endpoint", data={"disabled": "true"}, base_url=PLACE)
    browser.post("/control/endpoint", data={"connect": "false"}, base_url=PLACE)
    assert "The endpoint is disabled" in browser.get("/", base_url=PLACE).text
    endpoint = platform.v1.webhook_endpoints.list().data[0]
    assert (endpoint.status, endpoint.application) == ("disabled", None)
    platform.v1.webhook_endpoints.delete(endpoint.id)
    assert "was deleted" in browser.get("/", base_url=PLACE).text


def test_strange_payments_and_hanging_faults_are_made_by_programs_too(world: World, browser: FlaskClient) -> None:
    asked = {"amount": 500, "currency": "usd", "metadata": {"order": "7"}}
    made = browser.post(f"/control/accounts/{STUDIO}/strange_payment", json=asked).json
    assert made["metadata"] == {"order": "7"}
    typed = {"amount": "500", "currency": "usd", "metadata": "order=8 shop=a=b"}
    browser.post(f"/control/accounts/{STUDIO}/strange_payment", data=typed)
    assert world.store.select("charge")[0]["metadata"] == {"order": "8", "shop": "a=b"}
    browser.post("/control/faults", json={"route": "GET *", "kind": "hang"})
    assert browser.post("/control/faults/release", json={}).json == {"released": 0}
    assert browser.get("/control/state.json").json["hanging"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    ],
)
def test_another_site_cannot_drive_the_sandbox(world: World, browser: FlaskClient, headers: dict[str, str]) -> None:
    answer = browser.post(f"/control/accounts/{STUDIO}/deauthorize", headers=headers)
    assert answer.status_code == 403
    assert world.scope_of(STUDIO)


def test_the_control_api_speaks_json(world: World, browser: FlaskClient, paid: stripe.Charge) -> None:
    answer = browser.post(f"/control/charges/{paid.id}/dispute", json={"reason": "duplicate", "due_by": 5})
    assert answer.json["evidence_details"]["due_by"] == 5
    refused = browser.post(f"/control/charges/{paid.id}/dispute", json={"colour": "red"})
    assert (refused.status_code, "Unknown: colour" in refused.json["error"]) == (400, True)
    assert browser.post("/control/clock", json={"advance": 60}).json["moved"] == world.clock.now()
    state = browser.get("/control/state.json").json
    assert [one["id"] for one in state["objects"]["charge"]] == [paid.id]
    assert state["connected"] == [STUDIO]


@pytest.fixture
def smtp_port(world: World) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    controller = start_smtp(world, port)
    yield port
    controller.stop()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Invoice 2026-0001 für Åsa"
    message["From"] = "Northwind <billing@example.com>"
    message["To"] = "asa@example.com"
    message["Message-ID"] = "<one@example.com>"
    message.set_content("Pay here: http://127.0.0.1:8000/pay/x")
    message.add_alternative("<p style='color:red'>Pay <a href='http://127.0.0.1:8000/pay/x'>here</a></p>", "html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="invoice.pdf")
    return message


def test_a_message_arrives_as_its_receiver_sees_it(browser: FlaskClient, smtp_port: int) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_port) as server:
        server.send_message(letter(), to_addrs=["asa@example.com", "hidden@example.com"])
    found = browser.get("/mailbox/messages.json").json["messages"][0]
    assert (found["subject"], found["message_id"]) == ("Invoice 2026-0001 für Åsa", "<one@example.com>")
    assert found["envelope_to"] == ["asa@example.com", "hidden@example.com"]
    assert "pay/x" in found["text"]
    assert found["attachments"] == ["invoice.pdf"]
    html = browser.get(f"/mailbox/{found['id']}/html")
    assert '<base target="_top">' in html.text
    assert "default-src 'none'" in html.headers["Content-Security-Policy"]
    assert "script-src" not in html.headers["Content-Security-Policy"]
    assert browser.get(f"/mailbox/{found['id']}/attachments/0").data == b"%PDF-1.7"
    assert "Invoice 2026-0001 für Åsa" in browser.get("/mailbox").text


def test_the_mail_server_can_refuse(world: World, browser: FlaskClient, smtp_port: int) -> None:
    world.mailbox.refuse("450")
    with smtplib.SMTP("127.0.0.1", smtp_port) as server:
        with pytest.raises(smtplib.SMTPDataError) as caught:
            server.send_message(letter())
        assert caught.value.smtp_code == 450
        server.send_message(letter())
    assert len(world.mailbox.messages()) == 1
    assert browser.delete("/mailbox").status_code == 204
    assert world.mailbox.messages() == []


def test_a_message_in_an_unknown_character_set_is_shown_all_the_same(world: World, browser: FlaskClient) -> None:
    raw = b"Subject: Odd\r\nContent-Type: text/plain; charset=x-none\r\n\r\nstill readable"
    world.mailbox.receive("a@example.com", ["b@example.com"], raw)
    assert browser.get("/mailbox/messages.json").json["messages"][0]["text"] == "still readable"
    assert "still readable" in browser.get(f"/mailbox/{world.mailbox.newest()}").text


def test_the_control_page_renews_itself_and_says_what_its_buttons_do(browser: FlaskClient) -> None:
    page = browser.get("/", base_url=PLACE).text
    assert 'src="/static/control.js"' in page
    assert "outside of Paydesk" in page


def test_the_control_page_shows_fifty_payments(world: World, browser: FlaskClient) -> None:
    for _ in range(52):
        world.foreign_charge(STUDIO, 4900, "usd")
    page = browser.get("/", base_url=PLACE).text
    payments = page[page.index("<h2>Payments</h2>") :]
    assert len(set(re.findall(r"<code>(ch_\w+)", payments))) == 50
