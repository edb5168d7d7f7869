"""Checks each step between this machine and a payment that comes home, and says what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund
from models.schema import stored, unready
from models.stripe_account import active_account
from models.stripe_event import StripeEvent
from tasks import mailer
from tasks.reconcile import reconcile_recent
from tasks.stripe_gateway import endpoints
from tasks.stripe_gateway.client import API_VERSION, GatewayError
from tasks.worker import turn_key

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
# Stripe tells of a payment within seconds; what lasts longer is tried again.
ON_ITS_WAY = timedelta(hours=1)
THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: whether it holds (None: it could not be checked), what was seen, and what to do when it does not."""

    step: str
    ok: bool | None
    seen: str
    remedy: str = ""

    def __str__(self) -> str:
        word = {True: "ok  ", False: "FAIL", None: "?   "}[self.ok]
        return f"{word} {self.step}: {self.seen}" + (f"\n    → {self.remedy}" if self.remedy and not self.ok else "")


def examine() -> Iterator[Finding]:
    """Every step in the order in which one sets them up; one that needs another that fails is not checked."""
    yield (database := _database())
    yield _queue()
    yield _mail()
    yield from _keys()
    yield (stripe := _stripe())
    yield from _endpoint() if stripe.ok else _unchecked("Stripe", "webhook endpoint", "webhook events")
    yield from _news() if database.ok else _unchecked("the database", "connected account", "events", "parked work")


def _unchecked(needed: str, *steps: str) -> Iterator[Finding]:
    for step in steps:
        yield Finding(step, None, f"not checked: it needs {needed}")


def _if_here(url: str) -> str:
    """What to ask first when an address on this machine is silent."""
    return "Is `make run` running? " if urlsplit(url).hostname in THIS_MACHINE else ""


def _database() -> Finding:
    command = "Check DATABASE_URL, then run: flask --app app db upgrade"
    try:
        wrong, found = unready(), ", ".join(stored()) or "none"
    except SQLAlchemyError as error:
        return Finding("database", False, str(error).splitlines()[0], command)
    return Finding("database", not wrong, f"schema {found}", command)


def _queue() -> Finding:
    try:
        url = current_app.config["REDIS_URL"]
        connection = Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)
        workers = Worker.count(connection=connection)
        clock = bool(connection.exists(turn_key(reconcile_recent)))
    except RedisError as error:
        return Finding("queue", False, str(error), f"{_if_here(url)}Start Valkey or Redis, or correct REDIS_URL.")
    seen = f"{workers} workers, clock {'ticks' if clock else 'does not tick'}"
    return Finding("queue", bool(workers) and clock, seen, "Run: flask --app app worker, and: flask --app app clock")


def _mail() -> Finding:
    try:
        mailer.greet()
    except mailer.MailerError as error:
        asked = _if_here(current_app.config["SMTP_URL"])
        remedy = f"{asked}Correct SMTP_URL; the mail server must answer from here."
        return Finding("mail server", False, str(error), remedy)
    return Finding("mail server", True, f"answers; mail comes from {current_app.config['MAIL_FROM']}")


def _keys() -> Iterator[Finding]:
    config = current_app.config
    names = ("STRIPE_SECRET_KEY", "STRIPE_CLIENT_ID", "STRIPE_WEBHOOK_SECRETS")
    missing = [name for name in names if not config[name]]
    where = "Stripe's Dashboard: Developers → API keys; Settings → Connect → OAuth; Webhooks → the signing secret."
    yield Finding("settings", not missing, f"missing: {', '.join(missing)}" if missing else "all set", where)
    modes = {config[name].split("_")[1] for name in ("STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY") if config[name]}
    words = " and ".join(sorted(modes)) or "no keys"
    yield Finding("mode", len(modes) == 1, words, "Use a secret and a publishable key of one mode.")


def _stripe() -> Finding:
    base = current_app.config["STRIPE_API_BASE"]
    try:
        return Finding("Stripe", True, f"{endpoints.own_account()} at {base}")
    except GatewayError as error:
        if error.is_silence:
            remedy = _if_here(base) or "Try again later, and check that this machine can reach it."
            return Finding("Stripe", False, f"does not answer at {base}", remedy.strip())
        return Finding("Stripe", False, str(error), "Check STRIPE_SECRET_KEY and STRIPE_API_BASE.")


def _endpoint() -> Iterator[Finding]:
    url = f"{current_app.config['PUBLIC_URL']}/webhooks/stripe"
    redirect = f"{current_app.config['PUBLIC_URL']}/admin/stripe/callback"
    yield Finding("redirect URI", True, f"{redirect} must stand in Stripe's Settings → Connect → OAuth")
    remedy = f"In Stripe's Webhooks add {url}, listening to events on connected accounts, version {API_VERSION}."
    try:
        mine = [e for e in endpoints.all_of_ours() if e.url == url and e.enabled and e.for_accounts]
    except GatewayError as error:
        yield Finding("webhook endpoint", False, str(error), "The key must be allowed to read webhook endpoints.")
        return
    yield Finding("webhook endpoint", bool(mine), url if mine else "none for connected accounts", remedy)
    if mine:
        deaf = [kind for kind in NEEDED if not any(e.hears(kind) for e in mine)]
        add = f"Add these events to the endpoint: {', '.join(deaf)}"
        yield Finding("webhook events", not deaf, f"{len(NEEDED) - len(deaf)} of {len(NEEDED)} needed", add)


def _news() -> Iterator[Finding]:
    account = active_account(db.session)
    if account is None:
        remedy = "Sign in as an admin: Settings → Integrations → Stripe Connect → Connect Stripe."
        yield Finding("connected account", False, "none", remedy)
        yield from _unchecked("a connected account", "events", "parked work")
        return
    remedy = "Complete in Stripe's Dashboard what Stripe Settings lists."
    able = "can charge" if account.charges_enabled else "cannot charge yet"
    yield Finding("connected account", account.charges_enabled, f"{account.name} {able}", remedy)
    yield _events()
    yield _parked()


def _events() -> Finding:
    last = db.session.scalar(select(func.max(StripeEvent.received_at)))
    check = "Check STRIPE_WEBHOOK_SECRETS against the endpoint's signing secret, and at Stripe why deliveries fail."
    if last is None:
        return Finding("events", False, "none has arrived yet", f"Pay an invoice; if there is none then: {check}")
    untold = select(func.count()).where(Payment.paid_at > last, Payment.paid_at < now() - ON_ITS_WAY)
    missed = db.session.scalar(untold)
    seen = f"the last one arrived {last:%Y-%m-%d %H:%M} UTC" + (f"; payments since: {missed}" if missed else "")
    return Finding("events", not missed, seen, check)


def _parked() -> Finding:
    """Work that was given up until somebody looks; messages have their own Retry in the panel."""
    waiting = {
        "events": select(func.count()).where(StripeEvent.parked_at.is_not(None)),
        "refunds": select(func.count()).where(Refund.parked_at.is_not(None), Refund.state == "requested"),
        "checkouts": select(func.count()).where(Checkout.parked_at.is_not(None), Checkout.state == "creating"),
        "messages": select(func.count()).where(Mail.parked_at.is_not(None)),
    }
    counts = {name: db.session.scalar(query) for name, query in waiting.items()}
    seen = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"
    remedy = "Messages: Settings → Messages → Retry. The others are tried again by: flask --app app reconcile"
    return Finding("parked work", seen == "none", seen, remedy)
