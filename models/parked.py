"""Work that was given up until a person looks: messages, documents, refunds, checkouts, events, runs and exports."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, defer, joinedload

from models.bulk_run import KINDS, BulkRun
from models.checkout import Checkout
from models.document import Document
from models.export import Export
from models.invoice import Invoice
from models.language import gettext
from models.mail import Mail
from models.money import Money
from models.newest import Newest, newest
from models.payment import Payment
from models.refund import Refund
from models.stripe_event import StripeEvent


@dataclass(frozen=True, slots=True)
class Parked:
    """One thing that was given up: what it is about, why, since when, and who may have it tried again.

    `why_no_retry` is a sentence when another try would only be given up, too.
    """

    id: int
    about: str
    error: str
    since: datetime
    invoice: Invoice | None
    permission: str
    why_no_retry: str


@dataclass(frozen=True, slots=True)
class Work:
    """A noun whose work can be given up: which of its rows wait for a person, and how one of them is called.

    What Stripe has refused for good is over, though its error stays.
    """

    table: type[Any]
    waits: tuple[ColumnElement[bool], ...]
    about: Callable[[Any], str]
    permission: Callable[[Any], str]
    invoice: Callable[[Any], Invoice | None] = lambda row: row.invoice
    loaded: tuple[Any, ...] = ()
    why_no_retry: Callable[[Any], str] = lambda row: ""

    def count(self) -> Select[int]:
        """The query for how many wait."""
        return select(func.count()).select_from(self.table).where(self.table.parked_at.is_not(None), *self.waits)

    def newest(self, session: Session, most: int) -> Newest[Parked]:
        query = select(self.table).where(self.table.parked_at.is_not(None), *self.waits).options(*self.loaded)
        found = newest(session, query.order_by(self.table.parked_at.desc(), self.table.id.desc()), most)
        return Newest([self._told(row) for row in found.rows], found.more)

    def _told(self, row: Any) -> Parked:
        return Parked(
            id=row.id,
            about=self.about(row),
            error=row.last_error or "",
            since=row.parked_at,
            invoice=self.invoice(row),
            permission=self.permission(row),
            why_no_retry=self.why_no_retry(row),
        )


WORK = {
    "message": Work(
        Mail,
        (Mail.sent_at.is_(None), Mail.superseded_at.is_(None)),
        lambda mail: gettext("%(message)s to %(address)s", message=gettext(mail.kind_words), address=mail.to_address),
        lambda mail: "invoices.send",
        loaded=(joinedload(Mail.invoice),),
    ),
    "document": Work(
        Document,
        (Document.made_at.is_(None),),
        str,
        lambda document: "invoices.send",
        loaded=(joinedload(Document.invoice),),
    ),
    "refund": Work(
        Refund,
        (Refund.state == "requested",),
        str,
        lambda refund: "refunds.issue",
        lambda refund: refund.payment.invoice,
        (joinedload(Refund.payment).joinedload(Payment.invoice), joinedload(Refund.account)),
        lambda refund: refund.why_no_retry,
    ),
    "checkout": Work(
        Checkout,
        (Checkout.state == "creating",),
        lambda checkout: gettext("Checkout of %(amount)s", amount=Money(checkout.amount, checkout.currency)),
        lambda checkout: "payments.record",
        loaded=(joinedload(Checkout.invoice), joinedload(Checkout.account)),
        why_no_retry=lambda checkout: checkout.why_no_retry,
    ),
    "event": Work(
        StripeEvent,
        (),
        lambda event: gettext("Webhook event %(type)s", type=event.type),
        lambda event: "webhooks.view",
        lambda event: None,
        (defer(StripeEvent.body),),
    ),
    "run": Work(
        BulkRun,
        (BulkRun.finished_at.is_(None),),
        lambda run: gettext("%(progress)s, asked for by %(person)s", progress=run.headline, person=run.asked_by),
        lambda run: KINDS[run.kind].permission,
        lambda run: None,
        (joinedload(BulkRun.asked_by),),
    ),
    "export": Work(
        Export,
        (Export.finished_at.is_(None),),
        lambda export: gettext(
            "Export: %(progress)s, asked for by %(person)s", progress=export.headline, person=export.asked_by
        ),
        lambda export: "people.manage",
        lambda export: None,
        (joinedload(Export.asked_by),),
        lambda export: export.why_no_retry,
    ),
}
