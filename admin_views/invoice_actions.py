"""What staff press on invoices: the row's, the page's and the bulk button call the same verb."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import abort, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_views.fields import row_id
from admin_views.giving_back import what_became_of
from admin_views.said import Step, say, way
from models.clock import now
from models.invoice import Invoice
from models.language import gettext, ngettext
from models.people import User
from models.refusal import Refused
from tasks import reminders
from tasks.invoices import send_invoice, void_invoice
from tasks.refunds import issue_refund

# A flash travels in a cookie, which holds four kilobytes.
MOST_NAMED = 12


def operation() -> str:
    """The random UUID that this form was rendered with."""
    try:
        return str(uuid.UUID(request.form.get("operation", "")))
    except ValueError:
        abort(400)


def shown_at() -> datetime | None:
    """When the page was made that this form stood on; None where the form does not say so."""
    written = request.form.get("shown_at")
    try:
        return min(datetime.fromisoformat(written), now()).astimezone(UTC) if written else None
    except (ValueError, TypeError, OverflowError):  # no moment, one of no time zone, or one before all moments
        abort(400)


def operation_of(invoice_id: int) -> str:
    """One for each ticked row, the same when the same form is pressed twice."""
    return str(uuid.uuid5(uuid.UUID(operation()), str(invoice_id)))


@dataclass
class Outcome:
    """What became of each ticked row: the sentences, each with the invoices it is about."""

    done: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, list[str]] = field(default_factory=dict)

    def tell(self, *steps: Step) -> None:
        """Alone, a sentence needs no name in front of it, and what was done offers these steps."""
        alone = sum(len(names) for names in (*self.done.values(), *self.refused.values())) == 1
        for category, sentences in (("pending", self.done), ("danger", self.refused)):
            for sentence, names in sentences.items():
                offered = steps if alone and category == "pending" else ()
                say(sentence if alone else _of(names, sentence), category, *offered)


def _of(names: list[str], sentence: str) -> str:
    return gettext("%(invoices)s: %(sentence)s", invoices=_listed(names), sentence=sentence)


def _listed(names: list[str]) -> str:
    first, more = ", ".join(names[:MOST_NAMED]), len(names) - MOST_NAMED
    if more <= 0:
        return first
    return ngettext("%(names)s and %(num)s more", "%(names)s and %(num)s more", more, names=first)


def for_each(
    session: Session,
    ids: Iterable[str],
    press: Callable[[Invoice], str],
    then: Callable[[Invoice], Step] | None = None,
) -> None:
    """Press once for every ticked invoice that exists and tell the results apart; none keeps another from its turn.

    `then` is offered after a press on one.
    """
    wanted = {row_id(text) for text in ids} - {None}
    invoices = list(session.scalars(select(Invoice).where(Invoice.id.in_(wanted)).order_by(Invoice.id)))
    outcome = Outcome()
    for invoice in invoices:
        try:
            outcome.done.setdefault(press(invoice), []).append(invoice.title)
        except Refused as error:
            outcome.refused.setdefault(str(error), []).append(invoice.title)
    outcome.tell(*(then(invoice) for invoice in invoices if then))


def send(invoice: Invoice, by: User) -> str:
    send_invoice(invoice.id, by, operation_of(invoice.id), shown_at=shown_at())
    return gettext("Queued for delivery to %(address)s.", address=invoice.recipient())


def remind(invoice: Invoice, by: User) -> str:
    reminders.remind(invoice.id, by, operation_of(invoice.id))
    return gettext("A reminder is queued for delivery to %(address)s.", address=invoice.recipient())


def void(invoice: Invoice, by: User) -> str:
    title = invoice.title
    void_invoice(invoice.id, by)
    return gettext("%(invoice)s is void.", invoice=title)


def copied(draft: Invoice, invoice: Invoice) -> str:
    return gettext("%(draft)s has the same content as %(invoice)s.", draft=draft.title, invoice=invoice.title)


def to_pay_link(invoice: Invoice) -> Step:
    return way(gettext("Copy Pay Link"), "invoices.send", "invoice.details_view", id=invoice.id, show="pay-link")


def to_send(invoice: Invoice) -> Step:
    return way(gettext("Send again"), "invoices.send", "invoice.details_view", id=invoice.id, show="send")


def refund_everything(session: Session, invoice: Invoice, by: User) -> str:
    """Refund what can be refunded of it now."""
    return what_became_of(session, issue_refund(invoice.id, None, by, operation_of(invoice.id)))
