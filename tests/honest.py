"""A way to Stripe that nobody may take while a transaction is open, in this process or in one of its own."""

import os
from collections.abc import Mapping
from typing import Any

import stripe
from flask import Flask

from app import create_app
from models.base import db

VARIABLE = "PATIENCE_WITH_STRIPE"


class HeldTransaction(AssertionError):
    """A transaction would be held for as long as Stripe takes."""


def refuse_inside_transaction(method: str, url: str) -> None:
    if db.session.in_transaction():
        raise HeldTransaction(f"a transaction is open during {method} {url}")


class HonestClient(stripe.RequestsClient):
    """The real HTTP client; how long it waits is for the test to say."""

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **more: Any
    ) -> tuple[bytes, int, Mapping[str, str]]:
        refuse_inside_transaction(method, url)
        return super().request(method, url, headers, post_data, **more)


def served() -> Flask:
    """The product as gunicorn and the worker start it, with this way to Stripe; its settings are the environment's."""
    return create_app({"STRIPE_TRANSPORT": HonestClient(timeout=float(os.environ[VARIABLE]))})
