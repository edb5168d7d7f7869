from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import stripe
from flask import Flask
from sandbox_builders import order

from sandbox.accounts import EUROPE, STUDIO
from sandbox.oauth import issue_code
from sandbox.server import create_sandbox
from sandbox.settings import Settings
from sandbox.world import World

BACK = "http://127.0.0.1:8000/admin/stripe/callback"
PLACE = "http://127.0.0.1:8001"


def authorize_path(client: stripe.StripeClient, **params: str) -> str:
    asked = {"scope": "read_write", "state": "s1", "redirect_uri": BACK} | params
    url = urlsplit(client.oauth.authorize_url(asked))  # type: ignore[arg-type]
    return f"{url.path}?{url.query}"


def answered(app: Flask, path: str, **form: str) -> dict[str, str]:
    response = app.test_client().post(path, data=form, base_url=PLACE)
    assert response.status_code == 303
    assert response.location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(response.location).query).items()}


def test_the_page_offers_the_test_accounts(app: Flask, platform: stripe.StripeClient) -> None:
    page = app.test_client().get(authorize_path(platform), base_url=PLACE)
    assert "Northwind Studio" in page.text
    assert "Northwind Europe" in page.text
    assert "form-action 'self' http://127.0.0.1:8000" in page.headers["Content-Security-Policy"]


def test_connecting_exchanges_the_code_once(app: Flask, world: World, platform: stripe.StripeClient) -> None:
    answer = answered(app, authorize_path(platform), account=EUROPE)
    assert (answer["state"], answer["scope"]) == ("s1", "read_write")
    assert world.scope_of(EUROPE) is None
    token = platform.oauth.token({"grant_type": "authorization_code", "code": answer["code"]})
    assert (token.stripe_user_id, token.scope, token.livemode) == (EUROPE, "read_write", False)
    assert world.scope_of(EUROPE) == "read_write"
    with pytest.raises(stripe.oauth_error.InvalidGrantError, match="already been used"):
        platform.oauth.token({"grant_type": "authorization_code", "code": answer["code"]})


def test_cancel_says_access_denied(app: Flask, platform: stripe.StripeClient) -> None:
    assert answered(app, authorize_path(platform), cancel="1") == {
        "error": "access_denied",
        "error_description": "The user denied your request",
        "state": "s1",
    }


def test_a_code_lives_for_five_minutes(world: World, platform: stripe.StripeClient) -> None:
    code = issue_code(world, EUROPE, "read_write")
    world.clock.advance(300)
    with pytest.raises(stripe.oauth_error.InvalidGrantError, match="expired"):
        platform.oauth.token({"grant_type": "authorization_code", "code": code})


def test_an_invented_code_is_refused(platform: stripe.StripeClient) -> None:
    with pytest.raises(stripe.oauth_error.InvalidGrantError, match="does not exist"):
        platform.oauth.token({"grant_type": "authorization_code", "code": "ac_none"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "ca_other"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "http://127.0.0.1@evil.example/"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_an_unknown_platform_is_sent_nowhere(app: Flask, platform: stripe.StripeClient, wrong: dict[str, str]) -> None:
    page = app.test_client().get(authorize_path(platform, **wrong), base_url=PLACE)
    assert page.status_code == 400
    assert "Location" not in page.headers


def test_only_the_given_redirect_address_is_allowed(platform: stripe.StripeClient) -> None:
    app = create_sandbox(None, Settings(redirect_uris=(BACK,)))
    for target, status in ((BACK, 200), (BACK + "/more", 400), ("http://127.0.0.1:9000/", 400)):
        page = app.test_client().get(authorize_path(platform, redirect_uri=target), base_url=PLACE)
        assert page.status_code == status


def test_disconnecting_closes_the_account_and_says_so(world: World, client: stripe.StripeClient) -> None:
    sent: list[bytes] = []
    world.deliveries.deliver(lambda url, body, headers: 200)
    assert client.oauth.deauthorize({"stripe_user_id": STUDIO}).stripe_user_id == STUDIO
    with pytest.raises(stripe.PermissionError) as caught:
        client.v1.checkout.sessions.list()
    assert (caught.value.http_status, caught.value.error.code) == (403, "account_invalid")
    world.deliveries.deliver(lambda url, body, headers: sent.append(body) or 200)  # type: ignore[func-returns-value]
    assert b'"account.application.deauthorized"' in sent[0]
    with pytest.raises(stripe.oauth_error.InvalidClientError, match="not connected"):
        client.oauth.deauthorize({"stripe_user_id": STUDIO})


def test_read_only_cannot_write(world: World, client: stripe.StripeClient) -> None:
    world.connect(STUDIO, "read_only")
    assert client.v1.charges.list().data == []
    with pytest.raises(stripe.PermissionError, match="required permissions"):
        client.v1.checkout.sessions.create(order())


def test_one_account_sees_nothing_of_another(world: World, client: stripe.StripeClient, paid: stripe.Charge) -> None:
    world.connect(EUROPE)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.charges.retrieve(paid.id, None, {"stripe_account": EUROPE})
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_the_platform_reads_the_accounts_connected_to_it(platform: stripe.StripeClient) -> None:
    account = platform.v1.accounts.retrieve(STUDIO)
    assert (account.business_profile.name, account.charges_enabled) == ("Northwind Studio", True)
    with pytest.raises(stripe.PermissionError):
        platform.v1.accounts.retrieve(EUROPE)


def test_requirements_are_told(world: World, client: stripe.StripeClient) -> None:
    world.requirements(STUDIO, ["business_profile.url"], current_deadline=1_800_000_000)
    account = client.v1.accounts.retrieve_current()
    assert account.requirements.currently_due == ["business_profile.url"]
    event = client.v1.events.list({"type": "account.updated"}).data[0]
    assert "requirements" in event.data.previous_attributes


@pytest.mark.parametrize("key", ["sk_test_wrong", "pk_test_sandbox"])
def test_a_wrong_key_is_401(client: stripe.StripeClient, key: str) -> None:
    with pytest.raises(stripe.AuthenticationError):
        client.v1.charges.list(None, {"api_key": key})
    with pytest.raises(stripe.StripeError) as caught:
        client.oauth.token({"grant_type": "authorization_code", "code": "ac_1"}, {"api_key": key})
    assert caught.value.http_status == 401


def test_the_platform_has_one_endpoint_for_connected_accounts(
    world: World, client: stripe.StripeClient, platform: stripe.StripeClient
) -> None:
    endpoint = platform.v1.webhook_endpoints.list().data[0]
    assert (endpoint.url, endpoint.status) == (world.settings.webhook_url, "enabled")
    assert endpoint.application == world.settings.client_id
    assert client.v1.webhook_endpoints.list().data == []
