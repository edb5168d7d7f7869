"""Changing an invoice while its customer may be paying it: hold, let go of the checkout, look, and only then change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy.orm import Session

from models.base import locked
from models.invoice import Invoice
from models.refusal import Conflict
from tasks import once_more, transaction
from tasks.checkouts import close_checkouts, standing_checkout


@contextmanager
def holding(
    invoice_id: int, refuse: Callable[[Session, Invoice], None], beside: int | None = None
) -> Iterator[tuple[Session, Invoice]]:
    """The transaction in which the locked invoice is changed; no checkout of it is open, and none can be opened.

    The invoice `beside` it is locked too, in the order of ids, so that nobody waits in a circle.

    `refuse` says why not, before a checkout is closed and again after it was looked at: what the customer has
    paid meanwhile is recorded first. The hold ends with this, whatever happened, and after a crash by itself.
    """
    until = _hold(invoice_id, refuse)
    try:
        close_checkouts(invoice_id)
        with transaction() as session:
            for each in sorted({invoice_id, beside or invoice_id}):
                locked(session, Invoice, each)
            invoice = session.get_one(Invoice, invoice_id)
            if standing := standing_checkout(session, invoice_id):
                raise Conflict(standing.in_the_way)
            refuse(session, invoice)
            yield session, invoice
    finally:
        _let_go(invoice_id, until)


@once_more
def _hold(invoice_id: int, refuse: Callable[[Session, Invoice], None]) -> datetime:
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        refuse(session, invoice)
        return invoice.hold()


@once_more
def _let_go(invoice_id: int, until: datetime) -> None:
    with transaction() as session:
        Invoice.let_go(session, invoice_id, until)
