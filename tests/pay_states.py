"""Every state of the pay page, once for all who look at it: what makes it, and where it is seen."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import builders
from customers import link
from disconnecting import a_payment_that_is_not_home
from flask import current_app
from forms import again
from redis import Redis
from refunding import the_refund
from servers import valkey_url
from sqlalchemy import update

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.contact import Contact
from models.document import Document
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.organization import the_organization
from models.pay_link import present_link
from models.people import User
from models.refusal import OutsideError
from models.stripe_account import StripeAccount
from public_views.guessing import WRONG_LINKS
from tasks import checkouts, invoices, pay_links, revisions, transaction

AMOUNT = "64.47"


@dataclass(frozen=True, slots=True)
class PayState:
    """`make` brings it about in the test's world, for a contact of this language, and tells the path of its page.

    `state` is what the page calls it, `code` what it answers. `alone`: it changes what other invoices' pages say too.
    """

    make: Callable[[str | None], str]
    state: str = ""
    code: int = 200
    alone: bool = False


def _for(language: str | None) -> Contact:
    return builders.a_contact(language=language)


def _sent(language: str | None) -> str:
    return link(builders.a_sent_invoice(AMOUNT, contact=_for(language)))


def _overdue(language: str | None) -> str:
    return link(builders.a_sent_invoice(AMOUNT, contact=_for(language), due_date=builders.today() - timedelta(days=9)))


def _in_parts(language: str | None) -> str:
    return link(builders.a_sent_invoice(AMOUNT, contact=_for(language), partial_payments=True))


def _partly(language: str | None) -> str:
    return link(builders.a_partly_paid_invoice(AMOUNT, "20.00", contact=_for(language)))


def _on_its_way(language: str | None) -> tuple[Invoice, Checkout]:
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    checkout = builders.pay(invoice, "us_bank_account")
    builders.come_home()
    return invoice, checkout


def _processing(language: str | None) -> str:
    return link(_on_its_way(language)[0])


def _failed(language: str | None) -> str:
    """The bank says no days later."""
    invoice, checkout = _on_its_way(language)
    session = builders.the_world().object(str(checkout.stripe_id), "checkout.session")
    builders.the_world().settle(session["payment_intent"], "failed")
    builders.come_home()
    return link(invoice)


def _paid(language: str | None) -> str:
    return link(builders.a_paid_invoice(AMOUNT, contact=_for(language)))


def _back(language: str | None) -> str:
    """The customer comes back from Stripe's page."""
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    checkout = builders.pay(invoice)
    builders.come_home()
    return f"{link(invoice)}/return?session_id={checkout.stripe_id}"


def _refunded(language: str | None) -> str:
    invoice = builders.a_paid_invoice(AMOUNT, contact=_for(language))
    builders.a_refund(invoice, AMOUNT)
    builders.come_home()
    return link(invoice)


def _refund_failed(language: str | None) -> str:
    """It succeeded, and the money came back to us."""
    invoice = builders.a_paid_invoice(AMOUNT, contact=_for(language))
    refund_id = builders.a_refund(invoice, AMOUNT)[0]
    builders.come_home()
    builders.the_world().set_refund(str(the_refund(refund_id).stripe_id), "failed")
    builders.come_home()
    return link(invoice)


def _void(language: str | None) -> str:
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    invoices.void_invoice(invoice.id, builders.person("staff"))
    return link(invoice)


def _changed(language: str | None) -> str:
    """An edit has superseded what was sent first."""
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    other = InvoiceLine(position=0, description="Website, second draft", quantity=Decimal(1), unit_price=8000)
    revisions.revise_invoice(invoice.id, builders.person("staff"), {"lines": [other]})
    return link(invoice)


def _disconnected(language: str | None) -> str:
    path = _sent(language)
    with transaction() as session:
        session.execute(update(StripeAccount).values(state="retired"))
        the_organization(session).payment_instructions = "By bank transfer to NW12 3456 7890."
    return path


def _unheard(language: str | None) -> str:
    return link(a_payment_that_is_not_home(AMOUNT, contact=_for(language))[0])


def _connecting(language: str | None) -> str:
    """The customer has pressed Pay, and Stripe has not answered."""
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    builders.the_world().faults.add("POST /v1/checkout/sessions", "reset")
    assert checkouts.open_checkout(invoice.id, new_operation()) is None
    return f"{link(invoice)}/continue"


def _confirming(language: str | None) -> str:
    """The checkout is complete, and of the payment nobody has heard yet."""
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    checkout = builders.pay(invoice)
    builders.the_world().faults.add("GET /v1/payment_intents/*", "503")
    with suppress(OutsideError):
        checkouts.look_at_checkout(checkout.id)
    return link(invoice)


def _ended(by: Callable[[int, User, int], bool], language: str | None) -> str:
    """The path that was sent, once its link leads nowhere any more."""
    invoice = builders.a_sent_invoice(AMOUNT, contact=_for(language))
    path, present = link(invoice), present_link(db.session, invoice.id)
    assert present
    by(invoice.id, builders.person("staff"), present.id)
    return path


def _replaced(language: str | None) -> str:
    return _ended(pay_links.replace_link, language)


def _revoked(language: str | None) -> str:
    return _ended(pay_links.revoke_link, language)


def _without_document(language: str | None) -> str:
    """Whoever tried to make the invoice's file could not, and has given up."""
    builders.connected()
    invoice = builders.a_draft_invoice(AMOUNT, contact=_for(language))
    pay_links.pay_link(invoice.id, builders.person("staff"))
    with transaction() as session:
        its = update(Document).where(Document.invoice_id == invoice.id)
        session.execute(its.values(due_at=None, parked_at=now(), last_error="It cannot be made."))
    return f"{link(again(invoice))}/invoice.pdf"


def _throttled(language: str | None) -> str:
    """Somebody has tried so many made-up links that the next one is one too many."""
    current_app.extensions["alarm"].redis = Redis.from_url(valkey_url())
    guesser = current_app.test_client()
    for _ in range(WRONG_LINKS):
        guesser.get("/pay/made-up")
    return "/pay/made-up"


STATES: dict[str, PayState] = {
    "sent": PayState(_sent, "open"),
    "overdue": PayState(_overdue, "open"),
    "in-parts": PayState(_in_parts, "open"),
    "partly": PayState(_partly, "open"),
    "processing": PayState(_processing, "processing"),
    "failed": PayState(_failed, "open"),
    "paid": PayState(_paid, "paid"),
    "back": PayState(_back, "paid"),
    "refunded": PayState(_refunded, "refunded"),
    "refund-failed": PayState(_refund_failed, "paid"),
    "void": PayState(_void, "void"),
    "changed": PayState(_changed, "open"),
    "disconnected": PayState(_disconnected, "unavailable", alone=True),
    "unheard": PayState(_unheard, "unheard", alone=True),
    "connecting": PayState(_connecting, "connecting"),
    "confirming": PayState(_confirming, "confirming"),
    "replaced": PayState(_replaced, code=410),
    "revoked": PayState(_revoked, code=410),
    "unknown": PayState(lambda language: "/pay/made-up", code=404),
    "without-document": PayState(_without_document, code=503),
    "throttled": PayState(_throttled, code=429, alone=True),
}
