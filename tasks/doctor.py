"""Checks each step between this machine and a payment that comes home, and says what to do."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models.base import db
from models.invariants import work
from models.parked import WORK
from models.reconciliation import Reconciliation
from models.schema import stored, unready
from tasks import mailer
from tasks.arrivals import arrival_findings
from tasks.findings import Finding, endpoint_findings, unchecked
from tasks.reconcile import reconcile_recent
from tasks.stripe_gateway import endpoints
from tasks.stripe_gateway.client import GatewayError
from tasks.webhooks import check_webhooks
from tasks.worker import turn_key

THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


def examine() -> Iterator[Finding]:
    """Every step in the order in which one sets them up; one that needs another that fails is not checked."""
    yield (database := _database())
    yield _queue()
    yield _mail()
    yield _settings()
    yield (stripe := _stripe())
    if not database.ok:
        why = "not checked: it needs the database"
        yield from unchecked(why, "webhook endpoint", "connected account", "events")
        yield from unchecked(why, "parked work", "late work", "books")
        return
    if stripe.ok:
        yield _redirect()
        check_webhooks()
        yield from endpoint_findings(db.session)
    else:
        yield from unchecked(
            "not checked: it needs Stripe", "webhook endpoint", "webhook events", "API version", "clock"
        )
    yield from arrival_findings(db.session)
    yield _parked()
    yield _late()
    yield _books()


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


def _settings() -> Finding:
    names = ("STRIPE_SECRET_KEY", "STRIPE_CLIENT_ID", "STRIPE_WEBHOOK_SECRETS")
    missing = [name for name in names if not current_app.config[name]]
    where = "Stripe's Dashboard: Developers → API keys; Settings → Connect → OAuth; Webhooks → the signing secret."
    return Finding("settings", not missing, f"missing: {', '.join(missing)}" if missing else "all set", where)


def _stripe() -> Finding:
    base = current_app.config["STRIPE_API_BASE"]
    try:
        return Finding("Stripe", True, f"{endpoints.own_account()} at {base}")
    except GatewayError as error:
        if error.is_silence:
            remedy = _if_here(base) or "Try again later, and check that this machine can reach it."
            return Finding("Stripe", False, f"does not answer at {base}", remedy.strip())
        return Finding("Stripe", False, str(error), "Check STRIPE_SECRET_KEY and STRIPE_API_BASE.")


def _redirect() -> Finding:
    address = f"{current_app.config['PUBLIC_URL']}/admin/stripe/callback"
    return Finding("redirect URI", True, f"{address} must stand in Stripe's Settings → Connect → OAuth")


def _parked() -> Finding:
    """Work that was given up until somebody looks, who finds it in the panel."""
    counts = {noun: db.session.scalar(work.count()) for noun, work in WORK.items()}
    seen = ", ".join(f"{count} {noun}{'s' * (count > 1)}" for noun, count in counts.items() if count) or "none"
    remedy = "Payments → Needs attention. Refunds, checkouts and events are tried again by: flask --app app reconcile"
    return Finding("parked work", seen == "none", seen, remedy)


def _late() -> Finding:
    """Work that is tried again and again, with what the other side says to the first of it."""
    late = [row for alert in work.ALERTS for row in alert.broken(db.session)]
    seen = f"{len(late)}, such as {late[0].row} {late[0].detail}" if late else "none"
    remedy = "It is done once the other side answers as it should; the error says what stands in the way."
    return Finding("late work", not late, seen, remedy)


def _books() -> Finding:
    """What reconcile has found when it was last done."""
    query = select(Reconciliation).where(Reconciliation.finished_at.is_not(None)).order_by(Reconciliation.id.desc())
    last = db.session.scalars(query.limit(1)).one_or_none()
    if last is None or last.finished_at is None:
        return Finding("books", None, "not compared with Stripe's yet", "Run: flask --app app reconcile")
    seen = f"{last.headline}; compared"
    return Finding("books", last.is_clean, seen, "Payments → Reconcile has the report.", last.finished_at)
