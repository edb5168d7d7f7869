"""Finds what was not woken: whatever is due in any of the tables of work."""

from models.base import db
from models.claimable import Claimable
from models.mail import Mail
from models.payment import Checkout, Refund
from models.stripe_event import StripeEvent
from tasks import later
from tasks.checkouts import create_session
from tasks.events import handle_due
from tasks.messages import deliver
from tasks.refunds import send_refund
from tasks.revenue import add_up_dirty_days

BATCH = 200


def sweep() -> None:
    """Wake everything that is due and free; scheduled every ten seconds."""
    if _due(StripeEvent, 1):
        handle_due()
    for row_id in _due(Refund):
        send_refund(row_id)
    for row_id in _due(Checkout):
        create_session(row_id)
    for row_id in _due(Mail):
        later(deliver, row_id)
    add_up_dirty_days()


def _due(table: type[Claimable], limit: int = BATCH) -> list[int]:
    ids = table.due(db.session, limit)
    db.session.rollback()
    return ids
