"""Finds what was not woken: whatever is due in any of the tables of work."""

from sqlalchemy import ColumnElement

from models.bulk_run import BulkRun
from models.checkout import Checkout
from models.claimable import Claimable
from models.document import Document
from models.export import Export
from models.mail import NOW, Mail
from models.reconciliation import Reconciliation
from models.refund import Refund
from models.stripe_event import StripeEvent
from tasks import is_queue_long, later, reading
from tasks.bulk_runs import work_bulk
from tasks.documents import make_document
from tasks.events import handle_due
from tasks.exports import write_export
from tasks.idle_checkouts import close_idle_checkouts, idle_checkouts
from tasks.messages import deliver
from tasks.refunds import send_refund
from tasks.revenue import add_up_dirty_days
from tasks.runs import run_reconciliation
from tasks.sessions import create_session

BATCH = 200
# What can wait goes in portions, and only while workers have little to do: a receipt waits behind one portion of
# messages and one of documents at most.
FEW, SHORT_QUEUE = 20, 50


def sweep() -> None:
    """Wake everything that is due and free; scheduled every five seconds. It does none of the work itself.

    While the queue is long already, waking more would only make it longer; Stripe's events do not stand in line.
    """
    if _due(StripeEvent, 1):
        later(handle_due)
    if is_queue_long():
        return
    for row_id in _due(Refund):
        later(send_refund, row_id)
    for row_id in _due(Checkout):
        later(create_session, row_id)
    for row_id in _due(Mail, BATCH, Mail.rank == NOW):
        later(deliver, row_id)
    if not is_queue_long(SHORT_QUEUE):
        for row_id in _due(Mail, FEW, Mail.rank != NOW):
            later(deliver, row_id)
        for row_id in _due(Document, FEW):
            later(make_document, row_id)
    for row_id in _due(Reconciliation):
        later(run_reconciliation, row_id)
    for row_id in _due(BulkRun):
        later(work_bulk, row_id)
    for row_id in _due(Export):
        later(write_export, row_id)
    if idle_checkouts(1):
        later(close_idle_checkouts)
    later(add_up_dirty_days)


def _due(table: type[Claimable], limit: int = BATCH, *which: ColumnElement[bool]) -> list[int]:
    with reading() as session:
        return table.due(session, limit, *which)
