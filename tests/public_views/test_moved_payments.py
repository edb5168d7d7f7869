"""A payment that staff have moved to another invoice: nobody gets the paper of another customer."""

from collections.abc import Callable

import builders
import pypdfium2
import pytest
from cast import Browser
from customers import count, link, told
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.document import Document
from models.invoice import Invoice
from models.mail import Mail
from tasks import messages
from tasks.attention import move_payment
from tasks.audit import audit
from tasks.documents import bring_document, make_document
from tasks.messages import deliver

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app")]

SignIn = Callable[[str], Browser]


def test_another_customer_finds_a_receipt_of_their_own(browser: Browser) -> None:
    ada, grace = two_customers()
    assert "Ada Lovelace" in receipt(browser, ada)
    move(ada, grace)
    assert browser.get(f"{link(ada)}/receipt.pdf").status_code == 303
    text = receipt(browser, grace)
    assert ("Grace Hopper" in text, str(grace.number) in text) == (True, True)
    assert ("Ada Lovelace" in text, str(ada.number) in text) == (False, False)


def two_customers() -> tuple[Invoice, Invoice]:
    """The first has paid; so has the second, and the money counts for the first."""
    ada = builders.a_contact(name="Ada Lovelace", email="ada@example.com")
    return builders.a_paid_invoice(contact=ada), builders.a_sent_invoice()


def move(source: Invoice, target: Invoice) -> int:
    payment_id = builders.the_payment(source).id
    move_payment(payment_id, target.id, builders.person("finance"), "Paid under the wrong number")
    return payment_id


def receipt(browser: Browser, invoice: Invoice) -> str:
    """What it says; where there is none yet it is asked for, and made."""
    path = f"{link(invoice)}/receipt.pdf"
    if browser.get(path).status_code == 202:
        make_document(db.session.scalars(select(Document.id).order_by(Document.id.desc()).limit(1)).one())
    return said(browser.get(path).data)


def said(pdf: bytes) -> str:
    return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_staff_open_the_receipt_of_the_invoice_that_it_counts_for_now(browser: Browser, signed_in: SignIn) -> None:
    ada, grace = two_customers()
    payment_id = move(ada, grace)
    receipt(browser, grace)
    text = said(signed_in("viewer").get(f"/admin/payment/receipt/?id={payment_id}").data)
    assert ("Ada Lovelace" in text, "Grace Hopper" in text) == (False, True)


def test_a_payment_that_is_moved_back_has_the_receipt_that_it_had(browser: Browser) -> None:
    ada, grace = two_customers()
    move(ada, grace)
    receipt(browser, grace)
    made = count(Document)
    move(grace, ada)
    assert "Ada Lovelace" in receipt(browser, ada)
    assert count(Document) == made


def test_a_receipt_that_waits_while_its_payment_is_moved_goes_to_the_other_customer(mailbox: Mailbox) -> None:
    ada, grace = a_receipt_that_waits(mailbox)
    move(ada, grace)
    go_out(minutes=5)
    assert ends() == [(ada.id, "superseded", "moved"), (grace.id, "sent", "")]
    assert (told(ada)[-1], told(grace)[-1]) == ("message_superseded", "receipt_sent")
    assert [mail.to for mail in mailbox].count("ada@example.com") == 1
    (file,) = mailbox[-1].whole.iter_attachments()
    assert (mailbox[-1].to, "Ada Lovelace" in said(file.get_content())) == ("grace@example.com", False)
    assert audit() == []


def a_receipt_that_waits(mailbox: Mailbox) -> tuple[Invoice, Invoice]:
    """Of the first; the other is of another customer."""
    ada = builders.a_sent_invoice(contact=builders.a_contact(name="Ada Lovelace", email="ada@example.com"))
    grace = builders.a_sent_invoice()
    builders.pay(ada)
    mailbox.answer = "450 Busy"
    builders.come_home()
    mailbox.answer = None
    return ada, grace


def go_out(minutes: int) -> None:
    db.session.rollback()
    for mail_id in db.session.scalars(select(Mail.id).where(Mail.due_at.is_not(None)).order_by(Mail.id)).all():
        with builders.in_a_while(minutes=minutes):
            deliver(mail_id)


def ends() -> list[tuple[int | None, str, str]]:
    """What became of each receipt."""
    db.session.rollback()
    db.session.expire_all()
    receipts = db.session.scalars(select(Mail).where(Mail.kind == "receipt").order_by(Mail.id))
    return [(mail.invoice_id, mail.state, mail.superseded_why) for mail in receipts]


def test_a_receipt_that_has_gone_out_is_the_only_one(mailbox: Mailbox) -> None:
    ada, grace = two_customers()
    move(ada, grace)
    move(grace, ada)
    go_out(minutes=5)
    assert (ends(), len(mailbox)) == ([(ada.id, "sent", "")], 3)


def test_a_receipt_that_is_moved_back_while_it_waits_goes_out_once(mailbox: Mailbox) -> None:
    ada, grace = a_receipt_that_waits(mailbox)
    for source, target in ((ada, grace), (grace, ada), (ada, grace), (grace, ada)):
        move(source, target)
    go_out(minutes=5)
    assert ends() == [(ada.id, "sent", ""), (grace.id, "superseded", "moved")]


def test_a_receipt_that_was_left_out_at_its_invoice_goes_out_when_its_payment_is_back(
    mailbox: Mailbox, browser: Browser
) -> None:
    ada, grace = a_receipt_that_waits(mailbox)
    move(ada, grace)
    mailbox.answer = "450 Busy"
    go_out(minutes=5)
    move(grace, ada)
    mailbox.answer = None
    go_out(minutes=10)
    assert ends() == [(ada.id, "superseded", "moved"), (grace.id, "superseded", "moved"), (ada.id, "sent", "")]
    assert b"A receipt was sent to you by email." in browser.get(link(ada)).data
    assert audit() == []


def test_a_receipt_that_is_going_out_while_its_payment_is_moved_brings_no_paper_of_another_and_is_the_only_one(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, grace = a_receipt_that_waits(mailbox)
    waiting = db.session.scalars(select(Mail).where(Mail.kind == "receipt")).one().id
    db.session.rollback()

    def moved_meanwhile(mail_id: int) -> bool:
        monkeypatch.setattr(messages, "bring_document", bring_document)
        move(ada, grace)
        go_out(minutes=0)
        return bring_document(mail_id)

    monkeypatch.setattr(messages, "bring_document", moved_meanwhile)
    with builders.in_a_while(minutes=5):
        deliver(waiting)
    going = mailbox[-1]
    assert (going.to, "Receipt" in going.subject) == ("ada@example.com", True)
    assert not list(going.whole.iter_attachments())
    assert "receipt-" not in going.text
    go_out(minutes=10)
    assert ends() == [(ada.id, "sent", ""), (grace.id, "superseded", "told")]
