"""What `flask doctor` and the page Webhooks say of the way from Stripe to us: the same sentences from one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy.orm import Session

from models.language import gettext
from models.reconciliation import WebhookCheck
from models.stripe_event import spoken
from tasks.stripe_gateway.client import API_VERSION
from tasks.stripe_gateway.endpoints import EndpointRecord

# What must reach us for money to come home; Stripe's names (docs.stripe.com/api/events/types).
NEEDED = (
    "checkout.session.completed",
    "checkout.session.expired",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "payout.paid",
    "account.updated",
    "account.application.deauthorized",
)
DISPUTES = "charge.dispute."
# Signatures are good for five minutes; a clock that is off by so much is on its way there.
CLOCKS_MAY_DIFFER = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: whether it holds (None: it could not be checked), what was seen, and what to do when it does not.

    `at` ends what was seen, where that is a moment.
    """

    step: str
    ok: bool | None
    seen: str
    remedy: str = ""
    at: datetime | None = None

    def __str__(self) -> str:
        word = {True: "ok  ", False: "FAIL", None: "?   "}[self.ok]
        seen = f"{self.seen} {self.at:%Y-%m-%d %H:%M} UTC" if self.at else self.seen
        return f"{word} {self.step}: {seen}" + (f"\n    → {self.remedy}" if self.remedy and not self.ok else "")


def unchecked(why: str, *steps: str) -> Iterator[Finding]:
    for step in steps:
        yield Finding(gettext(step), None, why)


def endpoint_findings(session: Session) -> Iterator[Finding]:
    """What Stripe said when it was last asked: where it sends events, which ones, how, and what time it is."""
    check = session.get_one(WebhookCheck, 1)
    if check.error:
        otherwise = gettext(
            "If it was silent, it is asked again soon; else the key must be allowed to read webhook endpoints."
        )
        remedy = gettext("What follows is what it said before.") if check.endpoints else otherwise
        yield Finding(gettext("Stripe's answer"), False, check.error, remedy)
    if check.checked_at is None or (check.error and not check.endpoints):
        why = gettext("not checked: it needs an answer from Stripe")
        yield from unchecked(why, "webhook endpoint", "webhook events", "API version", "clock")
        return
    here, mine = endpoints_at_our_address(check)
    yield _endpoint(_our_url(), here, mine)
    why = gettext("not checked: it needs an endpoint")
    yield from _subscriptions(mine) if mine else unchecked(why, "webhook events", "API version")
    yield _clock(check.clock_difference)


def _our_url() -> str:
    return f"{current_app.config['PUBLIC_URL']}/webhooks/stripe"


def endpoints_at_our_address(check: WebhookCheck) -> tuple[list[EndpointRecord], list[EndpointRecord]]:
    """Those at our address, and of them those that tell us of connected accounts."""
    here = [EndpointRecord(**kept) for kept in check.endpoints if kept["url"] == _our_url()]
    return here, [endpoint for endpoint in here if endpoint.for_accounts and endpoint.enabled]


def unasked(mine: list[EndpointRecord]) -> list[str]:
    """What none of them asks for, of what is needed."""
    return [kind for kind in NEEDED if not any(endpoint.hears(kind) for endpoint in mine)]


def _endpoint(url: str, here: list[EndpointRecord], mine: list[EndpointRecord]) -> Finding:
    step = gettext("webhook endpoint")
    if mine:
        return Finding(step, True, url)
    if any(endpoint.for_accounts for endpoint in here):
        seen, remedy = gettext("%(url)s is disabled", url=url), gettext("Enable it in Stripe's Webhooks.")
        return Finding(step, False, seen, remedy)
    deaf, none = gettext("%(url)s hears nothing of connected accounts", url=url), gettext("none for connected accounts")
    remedy = gettext(
        "In Stripe's Webhooks add %(url)s, listening to events on connected accounts, version %(version)s.",
        url=url,
        version=API_VERSION,
    )
    return Finding(step, False, deaf if here else none, remedy)


def _subscriptions(mine: list[EndpointRecord]) -> Iterator[Finding]:
    deaf = unasked(mine)
    counts = {"heard": len(NEEDED) - len(deaf), "needed": len(NEEDED)}
    seen = gettext("%(heard)s of %(needed)s needed", **counts)
    if all(kind in deaf for kind in NEEDED if kind.startswith(DISPUTES)):
        seen = gettext("%(heard)s of %(needed)s needed; no dispute events", **counts)
    yield Finding(gettext("webhook events"), not deaf, seen, to_be_added(deaf))
    others = sorted({endpoint.api_version for endpoint in mine} - {API_VERSION})
    versions = {"versions": ", ".join(others), "ours": API_VERSION}
    words = gettext("%(versions)s, ours is %(ours)s", **versions) if others else API_VERSION
    remedy = gettext(
        "An endpoint keeps its version: make a new one with %(ours)s, then delete the old one.", **versions
    )
    yield Finding(gettext("API version"), not others, words, remedy)


def to_be_added(deaf: list[str]) -> str:
    return gettext("Add these events to the endpoint: %(events)s", events=", ".join(deaf))


def _clock(difference: int | None) -> Finding:
    if difference is None:
        return Finding(gettext("clock"), None, gettext("Stripe did not say what time it is"))
    size = spoken(timedelta(seconds=abs(difference)))
    ahead, behind = gettext("Stripe's is %(time)s ahead", time=size), gettext("Stripe's is %(time)s behind", time=size)
    seen = gettext("the same as Stripe's") if not difference else ahead if difference > 0 else behind
    remedy = gettext("Set this machine's clock, best by NTP: signatures are refused when it is off by five minutes.")
    return Finding(gettext("clock"), abs(difference) <= CLOCKS_MAY_DIFFER, seen, remedy)
