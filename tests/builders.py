"""Whole situations in one call. Each works in the current application context and by the product's own verbs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from threading import Barrier
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Flask, current_app
from sqlalchemy import select

from models.activity import Activity
from models.attention import Attention
from models.base import db
from models.checkout import Checkout
from models.clock import moved_to, now
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.people import User
from models.refusal import Refused
from models.stripe_account import StripeAccount, active_account
from sandbox.accounts import STUDIO
from sandbox.world import World
from tasks import checkouts, connect, invoices, messages, people, refunds, transaction
from tasks.offline_payments import record_offline_payment
from tests.workers import settle

PASSWORD = "correct horse battery staple"
EMAILS = {
    "admin": "ada-admin@example.com",
    "finance": "finn-finance@example.com",
    "staff": "sam-staff@example.com",
    "viewer": "vera-viewer@example.com",
}
SIGN_IN = "a-sign-in-token"
GOOD_CARD = "4242424242424242"
NOON = time(12, tzinfo=UTC)


def person(role: str) -> User:
    """The one of the cast who has this role."""
    query = select(User).where(User.email == EMAILS[role])
    if found := db.session.scalars(query).one_or_none():
        return found
    user_id = people.add_user(EMAILS[role], role, PASSWORD, f"{role.capitalize()} Person")
    return db.session.get_one(User, user_id)


def the_world() -> World:
    world: World = current_app.extensions["sandbox"].extensions["world"]
    return world


def connected(account: str = STUDIO) -> StripeAccount:
    """The organization's Stripe account, linked through Stripe's own page."""
    by = person("admin")
    state, code = consent(connect.begin_connect(by, SIGN_IN), account)
    return db.session.get_one(StripeAccount, connect.finish_connect(by, SIGN_IN, state, code, ""))


def consent(url: str, account: str = STUDIO) -> tuple[str, str]:
    """What Stripe's authorize page sends back once this account's owner has agreed: state and code."""
    page = current_app.extensions["sandbox"].test_client()
    answer = page.post(f"/oauth/authorize?{urlsplit(url).query}", data={"account": account})
    query = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    return query["state"], query["code"]


def today() -> date:
    """On the organization's calendar."""
    found = the_organization(db.session).today()
    db.session.rollback()
    return found


def in_a_while(**how_long: float) -> AbstractContextManager[None]:
    """`with in_a_while(seconds=40):` time has gone on."""
    return moved_to(now() + timedelta(**how_long))


def timeline(invoice: Invoice) -> list[str]:
    """What the Payment timeline tells of this invoice, in the order in which it was told."""
    query = select(Activity.kind).where(Activity.invoice_id == invoice.id).order_by(Activity.id)
    return list(db.session.scalars(query))


def crowd(work: Callable[[int], Any], size: int = 20) -> list[Any]:
    """What so many people get who do this at once: answers, and sentences of refusals."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    start = Barrier(size)

    def one(number: int) -> Any:
        start.wait()
        with app.app_context():
            try:
                return work(number)
            except Refused as refusal:
                return str(refusal)

    db.session.rollback()
    with ThreadPoolExecutor(size) as people_at_once:
        answers = list(people_at_once.map(one, range(size)))
    db.session.expire_all()
    return answers


def a_contact(**fields: Any) -> Contact:
    with transaction() as session:
        contact = Contact(**{"name": "Grace Hopper", "email": "grace@example.com"} | fields)
        session.add(contact)
    return contact


def a_draft_invoice(amount: str = "100.00", **fields: Any) -> Invoice:
    """One line over this amount without tax, for Grace Hopper, unless told otherwise."""
    contact = fields.pop("contact") if "contact" in fields else a_contact()
    currency = fields.pop("currency", "USD")
    line = InvoiceLine(description="Design", quantity=Decimal(1), unit_price=Money.parse(amount, currency).amount)
    with transaction() as session:
        invoice = Invoice(**{"contact": contact, "currency": currency, "lines": [line]} | fields)
        session.add(invoice)
        invoice.add_up()
    return invoice


def a_sent_invoice(amount: str = "100.00", **fields: Any) -> Invoice:
    """Sent by email and accepted, an overdue one on the day on which it was due; Stripe is connected."""
    if active_account(db.session) is None:
        connected()
    invoice, due = a_draft_invoice(amount, **fields), fields.get("due_date")
    with moved_to(datetime.combine(due, NOON)) if due and due < today() else nullcontext():
        messages.deliver(invoices.send_invoice(invoice.id, person("staff"), new_operation()))
    return invoice


def hold(invoice: Invoice) -> None:
    """As somebody leaves it who was killed in the middle of changing it."""
    with transaction() as session:
        session.get_one(Invoice, invoice.id, with_for_update=True).hold()


def pay(invoice: Invoice, card: str = GOOD_CARD, amount: Money | None = None) -> Checkout:
    """The customer pays what is due, or a part, on Stripe's page. Nothing has come home yet."""
    assert checkouts.open_checkout(invoice.id, new_operation(), amount)
    query = select(Checkout).where(Checkout.invoice_id == invoice.id).order_by(Checkout.id.desc())
    checkout = db.session.scalars(query.limit(1)).one()
    db.session.rollback()
    the_world().pay(str(checkout.stripe_id), card)
    return checkout


def come_home() -> None:
    """Everything that Stripe and the mail server have to tell has arrived."""
    settle(current_app._get_current_object(), the_world())  # type: ignore[attr-defined]


def a_paid_invoice(amount: str = "100.00", card: str = GOOD_CARD, **fields: Any) -> Invoice:
    invoice = a_sent_invoice(amount, **fields)
    pay(invoice, card)
    come_home()
    return invoice


def an_invoice_paid_in_cash() -> Invoice:
    """Paid without Stripe and recorded by hand; the customer got no receipt."""
    invoice = a_sent_invoice()
    due, by = invoice.due(), person("finance")
    record_offline_payment(invoice.id, due, "cash", today(), "", by, new_operation())
    return invoice


def a_partly_paid_invoice(amount: str = "100.00", paid: str = "40.00", **fields: Any) -> Invoice:
    invoice = a_sent_invoice(amount, partial_payments=True, **fields)
    pay(invoice, amount=Money.parse(paid, invoice.currency))
    come_home()
    return invoice


def an_unmatched_payment(amount: str = "100.00", currency: str = "USD", invoice: str = "") -> Payment:
    """Money that carries our install id and belongs to no checkout of ours; `invoice` is the number it names."""
    account = active_account(db.session) or connected()
    marks = {"paydesk_install": the_organization(db.session).install_id, "paydesk_operation": new_operation()}
    marks |= {"paydesk_invoice": invoice} if invoice else {}
    money = Money.parse(amount, currency)
    intent = the_world().strange_payment(account.stripe_id, money.to_stripe(), currency.lower(), marks)["id"]
    come_home()
    return db.session.scalars(select(Payment).where(Payment.payment_intent_id == intent)).one()


def paid_twice(
    first: str = "100.00", second: str = "100.00", total: str = "100.00", **fields: Any
) -> tuple[Invoice, Payment, Payment]:
    """An invoice and its two payments: the first checkout was forgotten, as in an older backup, while it was paid."""
    invoice = a_sent_invoice(total, partial_payments=True, **fields)
    forgotten = pay(invoice, amount=Money.parse(first, invoice.currency))
    with transaction() as session:
        session.get_one(Checkout, forgotten.id).state = "expired"
    pay(invoice, amount=Money.parse(second, invoice.currency))
    come_home()
    query = select(Payment).where(Payment.invoice_id == invoice.id).order_by(Payment.id)
    return invoice, *db.session.scalars(query)


def the_matter() -> Attention:
    """The only one that waits for a person."""
    return db.session.scalars(select(Attention).where(Attention.resolved_at.is_(None))).one()


def open_matters() -> list[str]:
    """The kinds of what waits for a person, in the order in which it came up."""
    query = select(Attention.kind).where(Attention.resolved_at.is_(None)).order_by(Attention.id)
    return list(db.session.scalars(query))


def a_disputed_invoice(amount: str = "100.00", reason: str = "fraudulent", **fields: Any) -> Invoice:
    """Paid, then disputed; Stripe waits for an answer."""
    invoice = a_paid_invoice(amount, **fields)
    the_world().dispute(str(the_payment(invoice).charge_id), reason=reason)
    come_home()
    return invoice


def the_payment(invoice: Invoice) -> Payment:
    """The invoice's only payment."""
    return db.session.scalars(select(Payment).where(Payment.invoice_id == invoice.id)).one()


def a_refund(invoice: Invoice, amount: str, operation: str = "", by: str = "staff") -> list[int]:
    """Staff press Issue refund; the job has not asked Stripe yet."""
    money = Money.parse(amount, invoice.currency)
    return refunds.issue_refund(invoice.id, money, person(by), operation or new_operation())
