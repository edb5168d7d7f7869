from __future__ import annotations

import pytest
import stripe
from sandbox_builders import NOON, charge_of, order, pay

from sandbox.accounts import EUROPE, STUDIO
from sandbox.errors import Refused
from sandbox.world import World

HOUR = 3600
PRICE = "line_items[0][price_data]"


def refusal(client: stripe.StripeClient, **changes: object) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.checkout.sessions.create(order(**changes))
    return caught.value


def line(**price: object) -> list[object]:
    data = {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Tea"}} | price
    return [{"price_data": {name: value for name, value in data.items() if value is not None}, "quantity": 1}]


def test_a_session_has_no_payment_intent_before_it_is_confirmed(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert session.expires_at == NOON + 24 * HOUR
    assert session.id in session.url


def test_paying_completes_the_session_and_takes_its_url_away(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    world.pay(session.id, email="ada@example.com")
    session = client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.url) == ("complete", "paid", None)
    assert session.customer_details.email == "ada@example.com"


def test_metadata_of_a_session_does_not_reach_its_payment_intent(world: World, client: stripe.StripeClient) -> None:
    alone = pay(world, client, metadata={"invoice": "7"})
    both = pay(world, client, metadata={"invoice": "8"}, payment_intent_data={"metadata": {"invoice": "8"}})
    assert alone.metadata.to_dict() == {}
    assert both.metadata.to_dict() == {"invoice": "8"}


@pytest.mark.parametrize(
    ("card", "sentence"),
    [
        ("4000000000000002", "Your card was declined."),
        ("4000000000009995", "Your card has insufficient funds."),
        ("4242424242424241", "Your card number is invalid."),
        ("4539578763621486", "Your card was declined. Your request was in test mode, but used a non test card."),
        ("", "Your card number is incomplete."),
    ],
)
def test_a_refused_card_says_why_and_keeps_the_session_open(
    world: World, client: stripe.StripeClient, card: str, sentence: str
) -> None:
    session = client.v1.checkout.sessions.create(order())
    with pytest.raises(Refused, match=sentence):
        world.pay(session.id, card)
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_a_second_card_pays_through_the_same_payment_intent(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    with pytest.raises(Refused):
        world.pay(session.id, "4000000000000002")
    first = client.v1.checkout.sessions.retrieve(session.id).payment_intent
    world.pay(session.id)
    intent = client.v1.payment_intents.retrieve(first)
    statuses = [charge.status for charge in client.v1.charges.list({"payment_intent": first})]
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    assert statuses == ["succeeded", "failed"]


def test_a_failed_authentication_charges_nothing(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    with pytest.raises(Refused, match="authenticate"):
        world.pay(session.id, "4000002500003155", authenticate=False)
    assert client.v1.charges.list().data == []
    world.pay(session.id, "4000002500003155")
    assert charge_of(client, session.id).payment_method_details.card.three_d_secure.result == "authenticated"


@pytest.mark.parametrize(("outcome", "paid"), [("succeeded", "paid"), ("failed", "unpaid")])
def test_a_bank_debit_is_unpaid_until_it_is_settled(
    world: World, client: stripe.StripeClient, outcome: str, paid: str
) -> None:
    session = client.v1.checkout.sessions.create(order())
    intent = world.pay(session.id, "us_bank_account")["payment_intent"]
    session = client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status) == ("complete", "unpaid")
    assert client.v1.payment_intents.retrieve(intent).status == "processing"
    world.settle(intent, outcome)
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == paid
    assert client.v1.events.list().data[0].type == f"checkout.session.async_payment_{outcome}"


@pytest.mark.parametrize(
    ("account", "currency", "method", "code"),
    [
        (STUDIO, "usd", "us_bank_account", "insufficient_funds"),
        (EUROPE, "eur", "sepa_debit", "payment_intent_payment_attempt_failed"),
    ],
)
def test_a_debit_that_failed_says_why_where_stripe_does(
    world: World, client: stripe.StripeClient, account: str, currency: str, method: str, code: str
) -> None:
    world.connect(account)
    there = {"stripe_account": account}
    session = client.v1.checkout.sessions.create(order(line_items=line(currency=currency)), there)
    intent = world.pay(session.id, method)["payment_intent"]
    world.settle(intent, "failed")
    found = client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge"]}, there)
    error = found.last_payment_error
    assert (error.code, error.decline_code) == (code, "generic_decline")
    assert found.latest_charge.failure_code == "insufficient_funds"


def test_only_an_open_session_can_be_expired(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    world.pay(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="status of `complete`"):
        client.v1.checkout.sessions.expire(session.id)


def test_a_session_expires_by_itself(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order(expires_at=NOON + HOUR))
    world.clock.advance(HOUR)
    session = client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.url) == ("expired", None)
    assert client.v1.events.list({"type": "checkout.session.expired"}).data
    with pytest.raises(Refused, match="expired"):
        world.pay(session.id)


def test_an_expired_session_cancels_the_intent_of_a_declined_attempt(world: World, client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    with pytest.raises(Refused):
        world.pay(session.id, "4000000000000002")
    expired = client.v1.checkout.sessions.expire(session.id)
    assert client.v1.payment_intents.retrieve(expired.payment_intent).status == "canceled"


@pytest.mark.parametrize(
    ("changes", "param", "code"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types", "parameter_unknown"),
        ({"stripe_account": "acct_1"}, "stripe_account", "parameter_unknown"),
        ({"line_items": []}, "line_items", "parameter_missing"),
        ({"line_items": line(unit_amount=49)}, "line_items", "amount_too_small"),
        ({"line_items": line(unit_amount=100_000_000)}, "line_items", "amount_too_large"),
        ({"line_items": line(currency=None)}, f"{PRICE}[currency]", "parameter_missing"),
        ({"line_items": line(product_data={"description": "x"})}, f"{PRICE}[product_data][name]", "parameter_missing"),
        ({"line_items": line(color="red")}, f"{PRICE}[color]", "parameter_unknown"),
        (
            {"line_items": line(unit_amount="1.5")},
            f"{PRICE}[unit_amount]",
            "parameter_invalid_integer",
        ),
        ({"line_items": line(currency="xyz")}, f"{PRICE}[currency]", None),
        ({"line_items": line(currency="kwd", unit_amount=5001)}, f"{PRICE}[unit_amount]", None),
        ({"line_items": line(currency="isk", unit_amount=50_050)}, f"{PRICE}[unit_amount]", None),
        ({"line_items": line(unit_amount_decimal="1.5")}, f"{PRICE}", None),
        ({"success_url": "not a url"}, "success_url", "url_invalid"),
        ({"success_url": ""}, "success_url", "parameter_invalid_empty"),
        ({"mode": "gift"}, "mode", None),
        ({"ui_mode": "embedded"}, "ui_mode", None),
        ({"customer_email": "a@example.com, b@example.com"}, "customer_email", "email_invalid"),
        ({"expires_at": NOON + 1799}, "expires_at", None),
        ({"expires_at": NOON + 24 * HOUR + 1}, "expires_at", None),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, "metadata", None),
        ({"metadata": {"k" * 41: "v"}}, f"metadata[{'k' * 41}]", "parameter_invalid_string"),
        (
            {"payment_intent_data": {"metadata": {"k": "v" * 501}}},
            "payment_intent_data[metadata][k]",
            "parameter_invalid_string",
        ),
        (
            {"payment_intent_data": {"transfer_data": {"destination": "acct_1"}}},
            "payment_intent_data[transfer_data]",
            "sandbox",
        ),
        ({"expand": ["nonsense"]}, "expand", None),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_full_name(
    client: stripe.StripeClient, changes: dict[str, object], param: str, code: str | None
) -> None:
    error = refusal(client, **changes)
    assert (error.http_status, error.param, error.code) == (400, param, code)
    assert client.v1.checkout.sessions.list().data == []


@pytest.mark.parametrize("missing", ["mode", "success_url", "line_items"])
def test_a_session_needs_its_required_parameters(client: stripe.StripeClient, missing: str) -> None:
    params = order()
    del params[missing]
    with pytest.raises(stripe.InvalidRequestError, match=f"Missing required param: {missing}"):
        client.v1.checkout.sessions.create(params)


def test_fractions_of_a_unit_are_rounded_once_a_line(client: stripe.StripeClient) -> None:
    lines = line(unit_amount=None, unit_amount_decimal="33.335")
    lines[0]["quantity"] = 3  # type: ignore[index]
    session = client.v1.checkout.sessions.create(order(line_items=lines, expand=["line_items"]))
    assert session.amount_total == 100
    assert session.line_items.data[0].price.unit_amount is None


def test_zero_decimal_amounts_are_taken_as_they_are(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order(line_items=line(currency="jpy", unit_amount=500)))
    assert (session.amount_total, session.currency) == (500, "jpy")


def test_an_account_without_charges_cannot_open_a_session(world: World, client: stripe.StripeClient) -> None:
    world.capabilities("acct_1NorthwindStudio0", charges_enabled=False)
    assert "cannot currently make live charges" in str(refusal(client))


def test_line_items_are_listed(client: stripe.StripeClient) -> None:
    session = client.v1.checkout.sessions.create(order())
    lines = client.v1.checkout.sessions.line_items.list(session.id)
    assert [(one.description, one.amount_total) for one in lines] == [("Invoice 2026-0001", 12_000)]


def test_the_page_speaks_no_language_that_stripe_does_not_have(client: stripe.StripeClient) -> None:
    assert client.v1.checkout.sessions.create(order(locale="de")).locale == "de"
    assert (refusal(client, locale="ar").param, refusal(client, locale="de-DE").param) == ("locale", "locale")
