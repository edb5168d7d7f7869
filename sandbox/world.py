from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox import accounts, checkout, disputes, endpoints, payouts, refunds, waiting
from sandbox.clock import Clock
from sandbox.deliveries import Deliveries
from sandbox.errors import Refused, said_plainly
from sandbox.faults import Faults
from sandbox.mailbox import Mailbox
from sandbox.settings import Settings
from sandbox.shapes import Json, shown
from sandbox.store import Store


class World:
    """All that the sandbox knows, and every turn that things can take without our asking.

    Each public verb is one transaction. Tests call these; the control API and the pages call the same.
    """

    def __init__(self, state: Path | None = None, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.store = Store(state)
        self.clock = Clock(self.store)
        self.faults = Faults()
        # What the bank does with new refunds whatever the card: nothing until they are settled by hand.
        self.refunds_wait = False
        self.deliveries = Deliveries(self)
        self.mailbox = Mailbox(self.store, self.clock)
        self.requests: deque[dict[str, Any]] = deque(maxlen=500)
        self.begin()

    def begin(self) -> None:
        """What is there from the start, whatever happened to the rest."""
        with self.store.transaction():
            if not self.store.select("account", limit=1):
                accounts.seed(self)
            endpoints.put_own(self)

    def note_request(
        self,
        method: str,
        path: str,
        status: int,
        request_id: str,
        account: str | None,
        key: str | None,
        unknown: bool = False,
    ) -> None:
        entry = {"at": self.clock.now(), "method": method, "path": path, "status": status}
        about = {"request_id": request_id, "account": account, "idempotency_key": key, "unknown": unknown}
        self.requests.append({**entry, **about})

    # Looking things up

    def object(self, identifier: str, kind: str) -> Json:
        body = self.store.find(identifier, kind)
        if body is None:
            raise Refused(f"There is no {kind} {identifier}.")
        return body

    def owner(self, identifier: str) -> str:
        return self.store.account_of(identifier) or ""

    def account(self, account: str) -> Json:
        return self.object(account, "account")

    def accounts(self) -> list[Json]:
        """The test accounts that one may connect."""
        return [body for body in self.store.select("account", order="ASC") if self.is_connected_account(body["id"])]

    def is_connected_account(self, account: str) -> bool:
        return account != accounts.PLATFORM

    def scope_of(self, account: str) -> str | None:
        """`read_write` or `read_only` while the account is connected to us."""
        found = self.store.find(f"authorization_{account}", "authorization")
        return None if found is None else str(found["scope"])

    def currency_of(self, account: str) -> str:
        return str(self.account(account)["default_currency"])

    # Time

    def later(self, seconds: int, verb: str, target: str) -> None:
        due = self.clock.now() + seconds
        self.store.run("INSERT INTO timers (due, verb, target) VALUES (?, ?, ?)", due, verb, target)

    def tick(self) -> None:
        """Let everything happen whose time has come."""
        due = "SELECT seq, verb, target FROM timers WHERE due <= ? ORDER BY due, seq"
        if not self.store.run(due, self.clock.now()) and not waiting.lacking(self):
            return
        with self.store.transaction():
            for seq, verb, target in self.store.run(due, self.clock.now()):
                self.store.run("DELETE FROM timers WHERE seq = ?", seq)
                _TIMERS[verb](self, target)
            waiting.go_on(self)

    # Connect

    def connect(self, account: str, scope: str = "read_write") -> None:
        with self.store.transaction():
            accounts.connect(self, account, scope)

    def deauthorize(self, account: str) -> None:
        with self.store.transaction():
            accounts.deauthorize(self, account)

    def requirements(self, account: str, currently_due: list[str], **fields: Any) -> Json:
        with self.store.transaction():
            return accounts.set_requirements(self, account, currently_due, **fields)

    def capabilities(self, account: str, **fields: bool | None) -> Json:
        with self.store.transaction():
            return accounts.set_capabilities(self, account, **fields)

    # Money

    def pay(
        self,
        session_id: str,
        card: str = "4242424242424242",
        email: str | None = None,
        name: str | None = "Jenny Rosen",
        authenticate: bool = True,
    ) -> Json:
        """Refused with Checkout's own sentence when the payment is declined; that attempt is remembered."""
        with self.store.transaction():
            attempt = checkout.pay(self, session_id, card, email, name, authenticate)
        if attempt.refusal:
            raise Refused(attempt.refusal)
        return shown(attempt.session)

    def ask_for_authentication(self, session_id: str) -> None:
        """The customer's bank wants to know whether it is they who pay."""
        with self.store.transaction():
            checkout.ask(self, checkout.open_session(self, session_id))

    def settle(self, payment_intent_id: str, outcome: str = "succeeded") -> Json:
        with self.store.transaction():
            return checkout.settle(self, payment_intent_id, outcome)

    def set_refund(self, refund_id: str, status: str, failure_reason: str | None = None) -> Json:
        with self.store.transaction():
            return refunds.set_refund(self, refund_id, status, failure_reason)

    def dispute(self, charge_id: str, **fields: Any) -> Json:
        with self.store.transaction():
            return disputes.open_dispute(self, charge_id, **fields)

    def update_dispute(self, dispute_id: str, status: str, due_by: int | None = None) -> Json:
        with self.store.transaction():
            return disputes.update_dispute(self, dispute_id, status, due_by)

    def close_dispute(self, dispute_id: str, outcome: str) -> Json:
        with self.store.transaction():
            return disputes.close_dispute(self, dispute_id, outcome)

    def payout(self, account: str) -> list[Json]:
        self.tick()
        with self.store.transaction():
            return payouts.pay_out(self, account)

    def drain(self, account: str) -> None:
        """Empty the account's balance; refunds then wait, or fail, until there is money again."""
        self.tick()
        with self.store.transaction():
            payouts.drain(self, account)

    def top_up(self, account: str, amount: int) -> Json:
        with self.store.transaction():
            return payouts.top_up(self, account, amount)

    def bank_debits(self, account: str, allowed: bool) -> Json:
        with self.store.transaction():
            return payouts.set_bank_debits(self, account, allowed)

    def refund(self, charge_id: str, amount: int | None = None) -> Json:
        """By the owner of the account, in Stripe's own Dashboard: all that is left when no amount is named."""
        params = {"charge": charge_id} | ({} if amount is None else {"amount": amount})
        with self.store.transaction(), said_plainly():
            self.object(charge_id, "charge")
            return shown(refunds.create_refund(self, self.owner(charge_id), params))

    def foreign_charge(self, account: str, amount: int, currency: str) -> Json:
        with self.store.transaction():
            return shown(checkout.foreign_charge(self, account, amount, currency))

    def strange_payment(self, account: str, amount: int, currency: str, metadata: Json | None = None) -> Json:
        """Money that was taken elsewhere and carries a mark that may look like ours; its payment intent."""
        with self.store.transaction():
            charge = checkout.foreign_charge(self, account, amount, currency, metadata)
            return shown(self.object(charge["payment_intent"], "payment_intent"))

    # Webhooks

    def endpoint(self) -> Json | None:
        """The endpoint of the settings, unless somebody has deleted it."""
        return self.store.find(endpoints.OWN, "webhook_endpoint")

    def change_endpoint(self, **fields: Any) -> Json:
        """What the endpoint of the settings hears: `enabled_events`, `api_version`, `connect`, `disabled`."""
        with self.store.transaction():
            return shown(endpoints.change_own(self, **fields))


def _expire(world: World, session_id: str) -> None:
    session = world.object(session_id, "checkout.session")
    if session["status"] == "open":
        checkout.expire_session(world, session)


def _settle_refund(status: str, why: str | None = None) -> Callable[[World, str], None]:
    def settle(world: World, refund_id: str) -> None:
        refund = world.object(refund_id, "refund")
        if refund["status"] not in ("failed", "canceled", status):
            refunds.set_refund(world, refund_id, status, why)

    return settle


def _arrive(world: World, payout_id: str) -> None:
    payouts.arrive(world, payout_id)


_TIMERS: dict[str, Callable[[World, str], None]] = {
    "expire_session": _expire,
    "settle_refund": _settle_refund("succeeded"),
    "fail_refund": _settle_refund("failed", "declined"),
    "lack_funds": _settle_refund("failed", "insufficient_funds"),
    "arrive": _arrive,
}
