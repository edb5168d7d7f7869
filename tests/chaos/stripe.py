"""Stripe as the run turns it, through the sandbox's control API, and its mailbox."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import requests

from sandbox.accounts import STUDIO
from tests.chaos.forms import Form
from tests.chaos.stage import SETTINGS_OF_ALL

if TYPE_CHECKING:
    from tests.chaos.people import Staff

ANSWERS_WITHIN = 20.0
# A process that was killed is back in less.
BACK_WITHIN = 10.0


class Refused(Exception):
    """The sandbox understood and says no, as to a card that is declined."""


class Stripe:
    def __init__(self, url: str) -> None:
        self.url = url

    def control(self, path: str, **fields: Any) -> Any:
        """One verb of the control API, asked again while nobody answers."""
        reply = self._again(lambda: requests.post(f"{self.url}/control/{path}", json=fields, timeout=ANSWERS_WITHIN))
        if reply.status_code == 400:
            raise Refused(reply.json()["error"])
        reply.raise_for_status()
        return reply.json()

    def ask(self, path: str, **fields: Any) -> None:
        """The same for what may have been done already, before a process was killed."""
        with suppress(Refused):
            self.control(path, **fields)

    def _again(self, ask: Callable[[], requests.Response]) -> requests.Response:
        ends = time.monotonic() + BACK_WITHIN
        while True:
            try:
                return ask()
            except requests.RequestException:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.1)

    def _get(self, path: str) -> Any:
        reply = self._again(lambda: requests.get(f"{self.url}/{path}", timeout=ANSWERS_WITHIN))
        reply.raise_for_status()
        return reply.json()

    def state(self) -> Any:
        return self._get("control/state.json")

    def objects(self, kind: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.state()["objects"][kind]
        return found

    def messages(self) -> list[dict[str, Any]]:
        """Every message that was accepted, the newest first."""
        found: list[dict[str, Any]] = self._get("mailbox/messages.json")["messages"]
        return found

    def pay(self, session_id: str, card: str) -> bool:
        """Whether the customer's money was taken for this session, now or by an earlier press; no when it expired."""
        try:
            self.control(f"checkout/{session_id}/pay", card=card)
        except Refused:
            status = self.session(session_id)["status"]
            if status == "open":
                raise
            return bool(status == "complete")
        return True

    def session(self, session_id: str) -> dict[str, Any]:
        return next(one for one in self.objects("checkout.session") if one["id"] == session_id)

    def intent_of(self, session_id: str) -> dict[str, Any]:
        wanted = self.session(session_id)["payment_intent"]
        return next(one for one in self.objects("payment_intent") if one["id"] == wanted)

    def refund_in_dashboard(self, intent_id: str, amount: int) -> bool:
        """The account's owner gives money back without a word to us; whether Stripe took it."""
        asked = {"payment_intent": intent_id, "amount": amount}
        key, headers = (SETTINGS_OF_ALL["STRIPE_SECRET_KEY"], ""), {"Stripe-Account": STUDIO}
        with suppress(requests.RequestException):
            requests.post(f"{self.url}/v1/refunds", asked, auth=key, headers=headers, timeout=ANSWERS_WITHIN)
        return any(one["payment_intent"] == intent_id for one in self.objects("refund"))

    def consent(self, admin: "Staff", form: Form) -> None:
        """Connect Stripe: to Stripe's page, where the owner agrees, and back."""
        answer = admin.post(form.action, form.fields)
        where = answer.headers.get("Location", "") if answer is not None else ""
        if not where.startswith(self.url):
            return
        with suppress(requests.RequestException):
            agreed = requests.post(where, {"account": STUDIO}, timeout=ANSWERS_WITHIN, allow_redirects=False)
            admin.get(agreed.headers["Location"].removeprefix(admin.web))

    def pay_from_nowhere(self, account: str, amount: int, currency: str, marks: dict[str, str]) -> None:
        """Money with these marks, once, that came by no checkout."""
        made = {"amount": amount, "currency": currency, "metadata": marks}
        while not any(one["metadata"] == marks for one in self.objects("payment_intent")):
            with suppress(requests.RequestException):
                url = f"{self.url}/control/accounts/{account}/strange_payment"
                requests.post(url, json=made, timeout=ANSWERS_WITHIN).raise_for_status()

    def undelivered(self) -> Iterator[tuple[str, int]]:
        """Events that wait for their delivery: id, and in how many seconds it is tried."""
        state = self.state()
        for one in state["deliveries"]["recent"]:
            if one["outcome"] == "pending":
                yield one["event"], one["due"] - state["clock"]["now"]
