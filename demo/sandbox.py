"""The sandbox as the demo uses it: its control API, Stripe's page for consent, and Stripe's Dashboard."""

import json
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

from demo import Trouble

PATIENCE = 30.0
PAGE = 100
_CHOICE = re.compile(r'name="account" value="(acct_\w+)".*?<strong>(.*?)</strong>', re.DOTALL)


class Refused(Exception):
    """The sandbox understood and says no, as to a card that is declined."""


class Sandbox:
    """One kept connection: the demo asks some hundred times."""

    def __init__(self, url: str, secret_key: str) -> None:
        address = urlsplit(url)
        if address.hostname not in ("127.0.0.1", "localhost"):
            raise Trouble(f"The demo is played with the sandbox of this machine only, not with {url}.")
        self._connection = HTTPConnection(address.hostname, address.port or 80, timeout=PATIENCE)
        self._key = "Basic " + b64encode(f"{secret_key}:".encode()).decode()

    def control(self, path: str, **fields: Any) -> Any:
        """One verb of the control API; raises `Refused` with its sentence."""
        reply, text = self._ask("POST", f"/control/{path}", json.dumps(fields), {"Content-Type": "application/json"})
        answer = json.loads(text)
        if reply.status == 400:
            raise Refused(answer["error"])
        return _good(reply, path, answer)

    def consent(self, url: str, business: str) -> str:
        """What the owner of an account does on the page at `url`: choose it; where that leads to."""
        address = urlsplit(url)
        page = f"{address.path}?{address.query}"
        _, text = self._ask("GET", page)
        account = next((account for account, name in _CHOICE.findall(text) if name == business), None)
        if account is None:
            raise Trouble(f"The sandbox does not offer the account of {business}.")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        reply, _ = self._ask("POST", page, urlencode({"account": account}), form)
        return reply.headers["Location"]

    def refund_in_dashboard(self, account: str, payment_intent_id: str, amount: int) -> str:
        """A refund that the account's owner makes in Stripe itself, without a word to us; its id."""
        body = urlencode({"payment_intent": payment_intent_id, "amount": amount, "reason": "requested_by_customer"})
        return str(self._api("POST", "refunds", account, body)["id"])

    def events(self, account: str) -> list[Any]:
        """What has happened there in the last 30 days, the oldest first."""
        found: list[Any] = []
        while True:
            query = {"limit": PAGE} | ({"starting_after": found[-1]["id"]} if found else {})
            page = self._api("GET", f"events?{urlencode(query)}", account)
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]

    def _api(self, method: str, path: str, account: str, body: str | None = None) -> Any:
        headers = {"Authorization": self._key, "Stripe-Account": account}
        headers |= {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        reply, text = self._ask(method, f"/v1/{path}", body, headers)
        return _good(reply, path, json.loads(text))

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Time is ours to move and no webhook goes out; afterwards all is as it is with Stripe."""
        self.control("deliveries", mode="drop")
        try:
            yield
            self._forget_deliveries()
        finally:
            self.control("clock", epoch=None)
            self.control("deliveries", mode="normal")

    def move_to(self, moment: datetime) -> None:
        self.control("clock", epoch=int(moment.timestamp()))

    def _forget_deliveries(self) -> None:
        """Events of the past must not arrive once deliveries are normal again."""
        deadline = time.monotonic() + PATIENCE
        while any(one["outcome"] == "pending" for one in self.state()["deliveries"]["recent"]):
            if time.monotonic() > deadline:
                raise Trouble("The sandbox does not let go of the events of the past.")
            time.sleep(0.1)

    def state(self) -> Any:
        reply, text = self._ask("GET", "/control/state.json")
        return _good(reply, "state.json", json.loads(text))

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[HTTPResponse, str]:
        try:
            self._connection.request(method, path, body, headers or {})
            reply = self._connection.getresponse()
            return reply, reply.read().decode()
        except OSError as error:
            raise Trouble(f"The sandbox does not answer: {error}") from error


def _good(reply: HTTPResponse, path: str, answer: Any) -> Any:
    if reply.status != 200:
        raise Trouble(f"The sandbox answered {reply.status} to {path}: {answer}")
    return answer
