"""What `flask doctor` and the page Webhooks say of the way from Stripe to us: the same sentences from one place."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.claimable import STUCK
from models.clock import now
from models.dispute import Dispute
from models.payment import Payment
from models.reconciliation import WebhookCheck
from models.stripe_account import StripeAccount, active_account
from models.stripe_event import StripeEvent, spoken
from models.traffic import (
    LATELY,
    PARKED,
    RETRIED,
    count_of,
    first_arrival,
    last_arrival,
    last_of_mode,
    was_heard,
)
from tasks.stripe_gateway.client import API_VERSION, is_live
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
# Stripe tells of a payment within seconds; what lasts longer is tried again.
ON_ITS_WAY = timedelta(hours=1)
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


def unchecked(needed: str, *steps: str) -> Iterator[Finding]:
    for step in steps:
        yield Finding(step, None, f"not checked: it needs {needed}")


def endpoint_findings(session: Session) -> Iterator[Finding]:
    """What Stripe said when it was last asked: where it sends events, which ones, how, and what time it is."""
    check = session.get_one(WebhookCheck, 1)
    if check.error:
        otherwise = "If it was silent, it is asked again soon; else the key must be allowed to read webhook endpoints."
        remedy = "What follows is what it said before." if check.endpoints else otherwise
        yield Finding("Stripe's answer", False, check.error, remedy)
    if check.checked_at is None or (check.error and not check.endpoints):
        yield from unchecked("an answer from Stripe", "webhook endpoint", "webhook events", "API version", "clock")
        return
    here, mine = _endpoints(check)
    yield _endpoint(_our_url(), here, mine)
    yield from _subscriptions(mine) if mine else unchecked("an endpoint", "webhook events", "API version")
    yield _clock(check.clock_difference)


def _our_url() -> str:
    return f"{current_app.config['PUBLIC_URL']}/webhooks/stripe"


def _endpoints(check: WebhookCheck) -> tuple[list[EndpointRecord], list[EndpointRecord]]:
    """Those at our address, and of them those that tell us of connected accounts."""
    here = [EndpointRecord(**kept) for kept in check.endpoints if kept["url"] == _our_url()]
    return here, [endpoint for endpoint in here if endpoint.for_accounts and endpoint.enabled]


def _deaf(mine: list[EndpointRecord]) -> list[str]:
    """What none of them asks for, of what is needed."""
    return [kind for kind in NEEDED if not any(endpoint.hears(kind) for endpoint in mine)]


def _endpoint(url: str, here: list[EndpointRecord], mine: list[EndpointRecord]) -> Finding:
    remedy = f"In Stripe's Webhooks add {url}, listening to events on connected accounts, version {API_VERSION}."
    if mine:
        return Finding("webhook endpoint", True, url)
    if any(endpoint.for_accounts for endpoint in here):
        return Finding("webhook endpoint", False, f"{url} is disabled", "Enable it in Stripe's Webhooks.")
    if here:
        return Finding("webhook endpoint", False, f"{url} hears nothing of connected accounts", remedy)
    return Finding("webhook endpoint", False, "none for connected accounts", remedy)


def _subscriptions(mine: list[EndpointRecord]) -> Iterator[Finding]:
    deaf = _deaf(mine)
    seen = f"{len(NEEDED) - len(deaf)} of {len(NEEDED)} needed"
    if all(kind in deaf for kind in NEEDED if kind.startswith(DISPUTES)):
        seen += "; no dispute events"
    yield Finding("webhook events", not deaf, seen, f"Add these events to the endpoint: {', '.join(deaf)}")
    others = sorted({endpoint.api_version for endpoint in mine} - {API_VERSION})
    remedy = f"An endpoint keeps its version: make a new one with {API_VERSION}, then delete the old one."
    words = f"{', '.join(others)}, ours is {API_VERSION}" if others else API_VERSION
    yield Finding("API version", not others, words, remedy)


def _clock(difference: int | None) -> Finding:
    if difference is None:
        return Finding("clock", None, "Stripe did not say what time it is")
    size = spoken(timedelta(seconds=abs(difference)))
    seen = f"Stripe's is {size} {'ahead' if difference > 0 else 'behind'}" if difference else "the same as Stripe's"
    remedy = "Set this machine's clock, best by NTP: signatures are refused when it is off by five minutes."
    return Finding("clock", abs(difference) <= CLOCKS_MAY_DIFFER, seen, remedy)


def arrival_findings(session: Session) -> Iterator[Finding]:
    """What has arrived here, and what became of it."""
    yield _mode(session)
    account = active_account(session)
    if account is None:
        remedy = "Sign in as an admin: Settings → Integrations → Stripe Connect → Connect Stripe."
        yield Finding("connected account", False, "none", remedy)
        yield from unchecked("a connected account", "events", "signatures", "dispute events", "failing events")
        return
    remedy = "Complete in Stripe's Dashboard what Stripe Settings lists."
    able = "can charge" if account.charges_enabled else "cannot charge yet"
    yield Finding("connected account", account.charges_enabled, f"{account.name} {able}", remedy)
    yield _events(session)
    yield _signatures(session)
    yield _dispute_events(session)
    yield _failing(session)


def _mode(session: Session) -> Finding:
    """Test and live: of the keys, of the accounts, and of what arrives."""
    config = current_app.config
    keys = {config[name].split("_")[1] for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY") if config[name]}
    if len(keys) != 1:
        words = " and ".join(sorted(keys)) or "no keys"
        return Finding("mode", False, words, "Use a secret and a publishable key of one mode.")
    (ours,) = keys
    remedy = "Use keys, accounts and events of one mode."
    query = select(StripeAccount.name).where(StripeAccount.state == "active", StripeAccount.livemode != is_live())
    if name := session.scalar(query):
        return Finding("mode", False, f"the keys are {ours}, and {name} is connected in the other mode", remedy)
    crossed = last_of_mode(session, livemode=not is_live())
    if crossed is None or crossed < now() - LATELY:
        return Finding("mode", True, ours)
    if is_live():
        # Stripe sends the test events of connected accounts to live endpoints too.
        return Finding("mode", True, f"{ours}; test events are left alone, the last one arrived", at=crossed)
    return Finding("mode", False, f"the keys are {ours}, and a live event arrived", remedy, crossed)


def _events(session: Session) -> Finding:
    last = last_arrival(session)
    check = "Check STRIPE_WEBHOOK_SECRETS against the endpoint's signing secret, and at Stripe why deliveries fail."
    if last is None:
        return Finding("events", False, "none has arrived yet", f"Pay an invoice; if there is none then: {check}")
    if not was_heard(session, StripeEvent.account > ""):
        remedy = "The endpoint must listen to events on connected accounts, and its signing secret must be set."
        return Finding("events", False, "none of a connected account has arrived yet", remedy)
    untold = select(func.count()).where(Payment.paid_at > last, Payment.paid_at < now() - ON_ITS_WAY)
    missed = session.scalar(untold.where(Payment.account_id.is_not(None)))
    seen = f"payments since the last one: {missed}; it arrived" if missed else "the last one arrived"
    return Finding("events", not missed, seen, check, last)


def _signatures(session: Session) -> Finding:
    """Anybody may knock at the door: a delivery that is turned away is bad news when none was accepted since."""
    refused = session.get_one(WebhookCheck, 1).refused_at
    if refused is None:
        return Finding("signatures", True, "no delivery was turned away")
    last = last_arrival(session)
    accepted = last is not None and last > refused
    seen = f"{'others were' if accepted else 'none was'} accepted since a delivery was turned away"
    remedy = "Check STRIPE_WEBHOOK_SECRETS against the endpoint's signing secret."
    return Finding("signatures", accepted, seen, remedy, refused)


def _dispute_events(session: Session) -> Finding:
    """Of disputes that were opened while events arrived, some event must have told."""
    have_arrived = was_heard(session, StripeEvent.type.between(DISPUTES, f"{DISPUTES}~"))
    _, mine = _endpoints(session.get_one(WebhookCheck, 1))
    deaf = [kind for kind in _deaf(mine) if kind.startswith(DISPUTES)] if mine else []
    if deaf:
        seen = f"{'some have' if have_arrived else 'none has'} arrived, and the endpoint does not ask for all of them"
        return Finding("dispute events", False, seen, f"Add these events to the endpoint: {', '.join(deaf)}")
    if have_arrived:
        return Finding("dispute events", True, "they arrive")
    since = first_arrival(session) or now()
    untold = select(func.count()).where(Dispute.created_at > since, Dispute.created_at < now() - ON_ITS_WAY)
    if not session.scalar(untold):
        return Finding("dispute events", True, "there was nothing to tell of yet")
    remedy = f"Add the events {DISPUTES}* to the endpoint; until then reconcile finds disputes."
    return Finding("dispute events", False, "there are disputes, and no event ever told of one", remedy)


def _failing(session: Session) -> Finding:
    parked, retried = count_of(session, PARKED), count_of(session, RETRIED)
    late = count_of(session, RETRIED & (StripeEvent.received_at < now() - STUCK))
    counts = {"waiting for a person": parked, "being tried again": retried, "for more than ten minutes": late}
    words = [f"{count} {what}" for what, count in counts.items() if count]
    remedy = "Settings → Webhooks shows their errors, with Retry; what is tried again needs nobody."
    return Finding("failing events", not (parked or late), ", ".join(words) or "none", remedy)
