"""What goes on beside the people: Stripe's webhooks arrive, and workers do what is due."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from models.base import db
from models.bulk_run import BulkRun
from models.checkout import Checkout
from models.claimable import Claimable
from models.document import Document
from models.export import Export
from models.mail import Mail
from models.reconciliation import Reconciliation
from models.refund import Refund
from models.stripe_event import StripeEvent
from sandbox.world import World
from tasks import messages
from tasks.bulk_runs import work_bulk
from tasks.documents import make_document
from tasks.events import handle_due
from tasks.exports import write_export
from tasks.idle_checkouts import close_idle_checkouts
from tasks.refunds import send_refund
from tasks.revenue import add_up_dirty_days
from tasks.runs import run_reconciliation
from tasks.sessions import create_session

MANY_ROUNDS = 20


def settle(app: Flask, world: World) -> None:
    """Deliver Stripe's webhooks to the product and do what is due, until neither is left."""
    for _ in range(MANY_ROUNDS):
        delivered = deliver_webhooks(app, world)
        if not _work() and not delivered:
            db.session.expire_all()
            return
    raise AssertionError("it does not come to rest")


def deliver_webhooks(app: Flask, world: World) -> int:
    """Everything that Stripe has to tell by now, once; how much that was."""
    door = app.test_client()

    def post(url: str, body: bytes, headers: Any) -> int:
        return door.post(urlsplit(url).path, data=body, headers=dict(headers)).status_code

    world.tick()
    return world.deliveries.deliver(post)


def _work() -> bool:
    """Run everything that is due; whether there was anything."""
    work: tuple[type[Claimable], ...] = (StripeEvent, Refund, Checkout, BulkRun, Export, Document, Mail, Reconciliation)
    found = any(table.due(db.session, 1) for table in work)
    work_off()
    return found


def work_off() -> None:
    """What workers do when the sweep has woken them: everything that is due, once."""
    handle_due()
    work: tuple[tuple[type[Claimable], Callable[[int], None]], ...] = (
        (Refund, send_refund),
        (Checkout, create_session),
        (BulkRun, work_bulk),
        (Export, write_export),
        (Document, make_document),
        (Mail, messages.deliver),
        (Reconciliation, run_reconciliation),
    )
    for table, verb in work:
        for row_id in table.due(db.session, 200):
            verb(row_id)
    close_idle_checkouts()
    add_up_dirty_days()
