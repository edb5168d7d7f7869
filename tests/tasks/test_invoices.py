"""Sending an invoice: once, to one address, and Sent only when the mail server has it."""

import pytest
from builders import (
    a_contact,
    a_draft_invoice,
    a_paid_invoice,
    a_sent_invoice,
    connected,
    pay,
    person,
    the_world,
    timeline,
)
from cast import Cast
from flask import Flask
from mail_sink import Mailbox

from models.activity import Activity
from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.refusal import NotAllowed, Refused
from sandbox.accounts import STUDIO
from tasks import invoices, messages, pay_links, transaction
from tasks.accounts import look_at_account
from tasks.checkouts import open_checkout

pytestmark = pytest.mark.both_databases


def test_an_invoice_is_sent_when_the_mail_server_has_accepted(app: Flask, cast: Cast, mailbox: Mailbox) -> None:
    connected()
    invoice = a_draft_invoice()
    mail = invoices.send_invoice(invoice.id, cast.staff, new_operation())
    assert (invoice.status, invoice.sent_at) == ("Issued", None)
    messages.deliver(mail)
    assert invoice.status == "Sent"
    assert invoice.sent_at == db.session.get_one(Mail, mail).sent_at
    assert [letter.to for letter in mailbox] == ["grace@example.com"]
    assert timeline(invoice) == ["issued", "sent"]


def test_one_press_sends_once(app: Flask, cast: Cast, mailbox: Mailbox) -> None:
    connected()
    invoice, operation = a_draft_invoice(), new_operation()
    mails = {invoices.send_invoice(invoice.id, cast.staff, operation) for _ in range(3)}
    for mail in mails:
        messages.deliver(mail)
        messages.deliver(mail)
    assert (len(mails), len(mailbox)) == (1, 1)


def test_what_asks_for_nothing_any_more_is_not_sent_again_as_one_of_many(app: Flask, cast: Cast) -> None:
    paid = a_paid_invoice()
    with pytest.raises(Refused, match="Nothing of it is due"):
        invoices.send_invoice(paid.id, cast.staff, new_operation(), unless_since=now())


def test_sending_again_keeps_the_first_date_and_the_number(app: Flask, cast: Cast, mailbox: Mailbox) -> None:
    invoice = a_sent_invoice()
    first, number = invoice.sent_at, invoice.number
    messages.deliver(invoices.send_invoice(invoice.id, cast.staff, new_operation()))
    assert (invoice.sent_at, invoice.number, len(mailbox)) == (first, number, 2)


def test_a_refused_message_is_not_sent_and_can_be_retried(app: Flask, cast: Cast, mailbox: Mailbox) -> None:
    mailbox.answer = "550 No such person"
    invoice = a_sent_invoice()
    mail = db.session.query(Mail).one()
    assert (invoice.status, mail.state, timeline(invoice)) == ("Issued", "failed", ["issued", "mail_failed"])
    mailbox.answer = None
    messages.retry_mail(mail.id, cast.staff)
    messages.deliver(mail.id)
    assert (invoice.status, len(mailbox)) == ("Sent", 1)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"lines": []}, "Add at least one line to this invoice before sending it."),
        ({"amount": "0"}, "The total of an invoice must be above zero."),
        ({"amount": "0.49"}, "$0.49 is too small to be charged online: the least is $0.50."),
        ({"amount": "1000000.00"}, "$1,000,000.00 is too large to be charged online in one payment."),
        ({"contact": None}, "Add a contact with an email address before sending this invoice."),
    ],
)
def test_what_cannot_be_sent_is_refused_in_a_sentence(app: Flask, fields: dict[str, object], sentence: str) -> None:
    connected()
    invoice = a_draft_invoice(**fields)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refused:
        invoices.send_invoice(invoice.id, person("staff"), new_operation())
    assert str(refused.value) == sentence
    assert (invoice.status, invoice.number, db.session.query(Mail).count()) == ("Draft", None, 0)


@pytest.mark.parametrize("email", ["", "two@example.com, three@example.com", "not an address"])
def test_without_one_address_nothing_is_sent(app: Flask, cast: Cast, email: str) -> None:
    connected()
    invoice = a_draft_invoice(contact=a_contact(email=email))
    with pytest.raises(Refused, match="Add a contact with an email address"):
        invoices.send_invoice(invoice.id, cast.staff, new_operation())


def test_without_stripe_nothing_is_sent(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match=r"Connect Stripe to send this invoice\."):
        invoices.send_invoice(a_draft_invoice().id, cast.staff, new_operation())


def test_an_account_without_charges_explains_itself(app: Flask, cast: Cast) -> None:
    account = connected()
    the_world().capabilities(STUDIO, charges_enabled=False)
    look_at_account(account.id)
    with pytest.raises(Refused, match="has not enabled charges"):
        invoices.send_invoice(a_draft_invoice().id, cast.staff, new_operation())


def test_a_viewer_sends_nothing(app: Flask, cast: Cast) -> None:
    connected()
    invoice = a_draft_invoice()
    for forbidden in (
        lambda: invoices.send_invoice(invoice.id, cast.viewer, new_operation()),
        lambda: pay_links.pay_link(invoice.id, cast.viewer),
        lambda: invoices.mark_as_sent(invoice.id, cast.viewer),
        lambda: invoices.void_invoice(invoice.id, cast.viewer),
    ):
        with pytest.raises(NotAllowed):
            forbidden()
    assert invoice.status == "Draft"


def test_a_pay_link_issues_the_draft_and_stays_the_same(app: Flask, cast: Cast) -> None:
    connected()
    invoice = a_draft_invoice()
    links = {pay_links.pay_link(invoice.id, cast.staff) for _ in range(2)}
    assert (len(links), invoice.status, invoice.sent_at) == (1, "Issued", None)
    invoices.mark_as_sent(invoice.id, cast.staff)
    assert (invoice.status, timeline(invoice)) == ("Sent", ["issued", "marked_sent"])


def test_a_void_invoice_cannot_be_marked_as_sent(app: Flask, cast: Cast) -> None:
    connected()
    invoice = a_draft_invoice()
    pay_links.pay_link(invoice.id, cast.staff)
    invoices.void_invoice(invoice.id, cast.staff)
    with pytest.raises(Refused, match="is void"):
        invoices.mark_as_sent(invoice.id, cast.staff)
    assert timeline(invoice) == ["issued", "voided"]


def test_a_draft_cannot_be_marked_as_sent(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="Copy the Pay Link first"):
        invoices.mark_as_sent(a_draft_invoice().id, cast.staff)


def test_voiding_closes_the_open_checkout(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    messages_before = db.session.query(Mail).count()
    open_checkout_of(invoice)
    invoices.void_invoice(invoice.id, cast.staff)
    assert (invoice.status, db.session.query(Checkout).one().state) == ("Void", "expired")
    assert db.session.query(Mail).count() == messages_before
    assert db.session.query(Activity).filter_by(kind="voided").one().money == invoice.grand_total()
    with pytest.raises(Refused, match="cannot be paid"):
        open_checkout_of(invoice)


def open_checkout_of(invoice: Invoice) -> None:
    open_checkout(invoice.id, new_operation())


def test_what_was_paid_meanwhile_is_not_voided(app: Flask, cast: Cast) -> None:
    invoice = a_sent_invoice()
    pay(invoice)
    with pytest.raises(Refused, match="Money is held"):
        invoices.void_invoice(invoice.id, cast.staff)
    assert invoice.status == "Paid"


def test_a_draft_is_not_voided(app: Flask, cast: Cast) -> None:
    with pytest.raises(Refused, match="delete it"):
        invoices.void_invoice(a_draft_invoice().id, cast.staff)


def test_views_are_told_once_a_day_and_staff_apart(app: Flask) -> None:
    invoice = a_sent_invoice()
    pay_links.record_view(invoice.id, by_staff=True)
    assert invoice.viewed_at is None
    for _ in range(3):
        pay_links.record_view(invoice.id, by_staff=False)
    assert timeline(invoice)[2:] == ["viewed_by_staff", "viewed"]
    assert invoice.viewed_at


def test_a_changed_contact_does_not_change_what_was_issued(app: Flask) -> None:
    invoice = a_paid_invoice()
    with transaction():
        assert invoice.contact
        invoice.contact.name, invoice.contact.email = "Mallory", "mallory@example.com"
    assert (invoice.contact_snapshot or {})["email"] == "grace@example.com"
