"""Stripe Connect OAuth for Standard accounts (docs.stripe.com/connect/oauth-reference)."""

from dataclasses import dataclass

from models.language import marked
from tasks.stripe_gateway.client import GatewayError, calling


@dataclass(frozen=True, slots=True)
class Grant:
    account: str
    livemode: bool
    scope: str


def authorize_url(state: str, redirect_uri: str) -> str:
    with calling() as client:
        return client.oauth.authorize_url(
            {"scope": "read_write", "state": state, "redirect_uri": redirect_uri, "response_type": "code"}
        )


def exchange(code: str) -> Grant:
    """Trade the code for an account. No token is kept: calls use our key with the account's id."""
    with calling() as client:
        answer = client.oauth.token({"grant_type": "authorization_code", "code": code}).to_dict()
    account = answer.get("stripe_user_id")
    if not isinstance(account, str) or not account.startswith("acct_"):
        raise GatewayError(marked("Stripe answered without an account."), permanent=True)
    return Grant(account, bool(answer.get("livemode")), str(answer.get("scope") or ""))


def deauthorize(account: str) -> None:
    with calling() as client:
        client.oauth.deauthorize({"stripe_user_id": account})
