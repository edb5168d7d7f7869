from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from flask import Request

from sandbox.accounts import PLATFORM
from sandbox.errors import ApiError

if TYPE_CHECKING:
    from sandbox.world import World


def key_of(request: Request) -> str | None:
    """Bearer, or HTTP Basic with the key as the user: https://docs.stripe.com/api/authentication."""
    scheme, _, rest = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip() or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[0] or None
        except (binascii.Error, UnicodeDecodeError):
            return None
    return None


def check_key(world: World, key: str | None) -> None:
    if key is None:
        words = (
            "You did not provide an API key. You need to provide your API key in the Authorization header, "
            "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
        raise ApiError(401, words)
    if key != world.settings.secret_key:
        raise ApiError(401, f"Invalid API Key provided: {masked(key)}")


def masked(key: str) -> str:
    return f"{key[:8]}{'*' * max(len(key) - 12, 4)}{key[-4:]}" if len(key) > 12 else "*" * len(key)


def account_of(world: World, request: Request) -> str:
    """The account that the request acts on: the platform's own without a `Stripe-Account` header."""
    asked = request.headers.get("Stripe-Account")
    if asked is None or asked == PLATFORM:
        return PLATFORM
    scope = world.scope_of(asked)
    if scope is None:
        raise no_access(world, asked)
    if scope == "read_only" and request.method != "GET":
        # Wording: stripe/stripe-apps#458.
        words = (
            "This application does not have the required permissions for this endpoint on account "
            f"'{asked}'. Having the 'read_write' scope would allow this request to continue."
        )
        raise ApiError(403, words)
    return asked


def no_access(world: World, account: str) -> ApiError:
    """https://docs.stripe.com/error-codes#account-invalid"""
    words = (
        f"The provided key '{masked(world.settings.secret_key)}' does not have access to account '{account}' "
        "(or that account does not exist). Application access may have been revoked."
    )
    return ApiError(403, words, code="account_invalid")
