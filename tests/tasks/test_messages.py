"""Messages to customers: when they go out, what they say, and what happens when they cannot."""

import re
from datetime import date
from io import BytesIO

import builders
import pytest
from customers import link, told
from mail_sink import Mailbox, Received
from PIL import Image
from sqlalchemy import select, update

from models.activity import Activity
from models.base import db
from models.brand_file import BrandFile
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import CAN_WAIT, NOW, Mail
from models.organization import the_organization
from models.refusal import NotAllowed, Refused
from tasks import invoices, messages, transaction
from tasks.organization import change_logo

pytestmark = pytest.mark.usefixtures("app")


def sending(amount: str = "64.47", **fields: object) -> tuple[Invoice, int]:
    """An invoice whose mail is on its way."""
    builders.connected()
    invoice = builders.a_draft_invoice(amount, **fields)
    return invoice, invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())


def mail(mail_id: int) -> Mail:
    db.session.rollback()
    return db.session.get_one(Mail, mail_id, populate_existing=True)


def status(invoice: Invoice) -> str:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True).status


def make_due(mail_id: int) -> None:
    with transaction() as session:
        session.execute(update(Mail).where(Mail.id == mail_id).values(due_at=now()))


def only(mailbox: Mailbox) -> Received:
    (message,) = mailbox
    return message


def test_an_invoice_is_sent_once_the_mail_server_has_accepted_it(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    assert (status(invoice), mail(mail_id).state) == ("Issued", "sending")
    messages.deliver(mail_id)
    assert (status(invoice), mail(mail_id).state) == ("Sent", "sent")
    assert told(invoice) == ["issued", "sent"]
    messages.deliver(mail_id)
    assert only(mailbox).to == "grace@example.com"


def test_the_mail_has_one_button_to_the_pay_page_in_both_bodies(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    messages.deliver(mail_id)
    message, address = only(mailbox), f"http://127.0.0.1:8000{link(invoice)}"
    assert re.findall(r'<a class="button" href="([^"]+)"[^>]*>([^<]+)</a>', message.html) == [(address, "Pay $64.47")]
    assert f"Pay $64.47: {address}" in " ".join(message.text.split())
    assert message.subject == f"Invoice {invoice.number} from My organization: $64.47"


def test_styles_are_inline_and_dark_mode_is_kept(mailbox: Mailbox) -> None:
    messages.deliver(sending()[1])
    html = only(mailbox).html
    assert re.search(r'<a class="button"[^>]* style="[^"]*background-color: ?#3b5bdb', html)
    assert "prefers-color-scheme: dark" in html
    assert not re.search(r"""(?:src|url\()=?["']?https?:""", html)


def test_the_brand_is_in_the_mail(mailbox: Mailbox) -> None:
    with transaction() as session:
        organization = the_organization(session)
        organization.name, organization.brand_color = 'Nord & "Söhne", GmbH', "#0b6a3c"
        organization.support_email, organization.address = "help@example.com", "1 Quay\nBristol"
    messages.deliver(sending()[1])
    message = only(mailbox)
    assert 'from Nord & "Söhne", GmbH: $' in message.subject
    assert message.whole["From"].addresses[0].display_name == 'Nord & "Söhne", GmbH'
    assert message.whole["Reply-To"] == "help@example.com"
    assert "#0b6a3c" in message.html
    assert "Nord &amp; " in message.html
    assert "1 Quay, Bristol" in message.html


def test_hostile_names_are_harmless(mailbox: Mailbox) -> None:
    for name in ("Eve\r\nBcc: x@evil.example", '"Eve", <eve@evil.example>', "<script>alert(1)</script>"):
        with transaction() as session:
            the_organization(session).name = name
        builders.a_sent_invoice(contact=builders.a_contact(name=name), notes=name)
        message = mailbox[-1]
        assert "Bcc" not in message.whole
        assert message.whole["To"] == "grace@example.com"
        assert [address.addr_spec for address in message.whole["From"].addresses] == ["billing@example.org"]
        assert "<script" not in message.html


def test_percentages_are_written_as_people_do(mailbox: Mailbox) -> None:
    line = builders.InvoiceLine(description="Logo", unit_price=10000, quantity=builders.Decimal(1))
    line.tax_name, line.tax_percent = "VAT", builders.Decimal(20)
    messages.deliver(sending(lines=[line])[1])
    assert "VAT 20%" in only(mailbox).html
    assert "VAT 20%: $20.00" in only(mailbox).text


def test_a_busy_server_is_asked_again_and_nothing_says_sent(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    mailbox.answer = "450 Busy"
    messages.deliver(mail_id)
    waiting = mail(mail_id)
    assert (waiting.state, status(invoice)) == ("sending", "Issued")
    assert waiting.due_at
    assert "450 Busy" in str(waiting.last_error)
    mailbox.answer = None
    make_due(mail_id)
    messages.deliver(mail_id)
    assert status(invoice) == "Sent"
    assert only(mailbox).whole["Message-ID"] == waiting.message_id


def test_a_stopped_server_loses_nothing(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    mailbox.stop()
    messages.deliver(mail_id)
    assert (mail(mail_id).state, status(invoice)) == ("sending", "Issued")
    mailbox.start()
    make_due(mail_id)
    messages.deliver(mail_id)
    assert status(invoice) == "Sent"


def test_a_refused_mail_waits_for_a_person(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    mailbox.answer = "550 5.1.1 No such mailbox"
    messages.deliver(mail_id)
    failed = mail(mail_id)
    assert (failed.state, failed.due_at, status(invoice)) == ("failed", None, "Issued")
    assert "No such mailbox" in str(failed.last_error)
    assert told(invoice) == ["issued", "mail_failed"]


def test_retry_sends_it_after_all(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    mailbox.answer = "550 Not today"
    messages.deliver(mail_id)
    mailbox.answer = None
    messages.retry_mail(mail_id, builders.person("staff"))
    messages.deliver(mail_id)
    assert status(invoice) == "Sent"
    with pytest.raises(Refused):
        messages.retry_mail(mail_id, builders.person("staff"))


def test_a_viewer_may_not_retry(mailbox: Mailbox) -> None:
    _, mail_id = sending()
    mailbox.answer = "550 Not today"
    messages.deliver(mail_id)
    with pytest.raises(NotAllowed):
        messages.retry_mail(mail_id, builders.person("viewer"))


def test_what_is_not_one_address_is_never_written_to(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    for address in ("a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com", "nobody", ""):
        with transaction() as session:
            session.execute(update(Mail).values(to_address=address, due_at=now()))
        messages.deliver(mail_id)
        assert mail(mail_id).state == "failed"
        assert told(invoice)[-1] == "mail_failed"
    assert mailbox == []


def test_an_invoice_that_was_voided_meanwhile_is_not_demanded(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    invoices.void_invoice(invoice.id, builders.person("staff"))
    messages.deliver(mail_id)
    assert mailbox == []
    assert (mail(mail_id).state, mail(mail_id).due_at) == ("superseded", None)
    assert mail(mail_id).superseded_why == "void"
    assert told(invoice)[-2:] == ["voided", "message_superseded"]


@pytest.mark.both_databases
def test_an_invoice_that_was_paid_meanwhile_is_not_demanded(mailbox: Mailbox) -> None:
    invoice, mail_id = sending()
    builders.pay(invoice)
    mailbox.answer = "450 Busy"
    messages.deliver(mail_id)
    mailbox.answer = None
    builders.come_home()
    make_due(mail_id)
    messages.deliver(mail_id)
    assert (mail(mail_id).state, mail(mail_id).superseded_why) == ("superseded", "paid")
    builders.come_home()
    assert [message.subject.split()[0] for message in mailbox] == ["Receipt"]


@pytest.mark.both_databases
def test_what_can_wait_goes_after_all_that_cannot_and_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    invoice, queued, woken = builders.a_sent_invoice(), [], []
    monkeypatch.setattr(messages, "later", lambda verb, mail_id: woken.append(mail_id))
    with transaction() as session:
        again = session.get_one(Invoice, invoice.id)
        for rank in (CAN_WAIT, CAN_WAIT, NOW):
            cause = f"test:{len(queued)}"
            queued.append(messages.queue_mail(session, "reminder", cause, again, "grace@example.com", rank=rank).id)
    assert woken == [queued[2]]
    assert Mail.due(db.session, 2) == [queued[2], queued[0]]


def test_a_copy_of_a_paid_invoice_can_be_sent_and_asks_for_nothing(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice()
    mailbox.clear()
    messages.deliver(invoices.send_invoice(invoice.id, builders.person("staff"), new_operation()))
    assert re.findall(r'class="button"[^>]*>([^<]+)<', only(mailbox).html) == ["View invoice"]


def test_a_payment_brings_one_receipt(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("64.47")
    builders.come_home()
    _invoice, receipt = mailbox
    assert receipt.subject == f"Receipt for invoice {invoice.number} from My organization"
    assert "$64.47" in receipt.html
    assert "Visa ••••\N{NO-BREAK SPACE}4242" in receipt.text
    assert "View invoice" in receipt.html
    assert told(invoice)[-2:] == ["payment_received", "receipt_sent"]


def test_a_refund_brings_one_notice(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("64.47")
    builders.a_refund(invoice, "10.00")
    builders.come_home()
    notice = mailbox[-1]
    assert notice.subject == f"Refund for invoice {invoice.number} from My organization"
    assert "$10.00" in notice.html
    assert "Refunded in all: $10.00" in notice.text
    assert told(invoice).count("refund_notice_sent") == 1


def test_the_timeline_names_the_amount_that_a_message_tells_of(mailbox: Mailbox) -> None:
    invoice = builders.a_paid_invoice("64.47")
    builders.a_refund(invoice, "10.00")
    mailbox.answer = "550 Not today"
    builders.come_home()
    mailbox.answer = None
    messages.retry_mail(db.session.query(Mail).filter_by(kind="refund").one().id, builders.person("staff"))
    builders.come_home()
    told_of = {entry.kind: str(entry.money) for entry in db.session.query(Activity).filter_by(invoice_id=invoice.id)}
    assert (told_of["sent"], told_of["receipt_sent"]) == ("$64.47", "$64.47")
    assert (told_of["mail_failed"], told_of["refund_notice_sent"]) == ("$10.00", "$10.00")


def test_what_was_sent_is_kept_as_it_was_sent(mailbox: Mailbox) -> None:
    _, mail_id = sending()
    messages.deliver(mail_id)
    kept = mail(mail_id)
    assert (kept.subject, kept.text.split(), kept.html.split()) == (
        only(mailbox).subject,
        only(mailbox).text.split(),
        only(mailbox).html.split(),
    )


def test_a_message_that_somebody_else_sends_now_is_left_alone(mailbox: Mailbox) -> None:
    _, mail_id = sending()
    with transaction() as session:
        assert Mail.claim(session, mail_id)
    messages.deliver(mail_id)
    assert mailbox == []


def test_every_message_has_its_own_name(mailbox: Mailbox) -> None:
    invoice = builders.a_sent_invoice()
    invoices.send_invoice(invoice.id, builders.person("staff"), new_operation())
    builders.come_home()
    names = list(db.session.scalars(select(Mail.message_id)))
    assert len(set(names)) == len(names) == len(mailbox) == 2
    assert all(name.endswith("@example.org>") for name in names)


@pytest.mark.parametrize(("chosen", "day"), [("de", "01.03.2030"), (None, "1 mars 2030")])
def test_a_customer_is_written_to_in_their_language_else_in_the_organizations(
    chosen: str | None, day: str, mailbox: Mailbox
) -> None:
    with transaction() as session:
        the_organization(session).language = "fr"
    contact = builders.a_contact(language=chosen)
    _, mail_id = sending(contact=contact, due_date=date(2030, 3, 1))
    messages.deliver(mail_id)
    assert day in only(mailbox).html
    assert f'lang="{chosen or "fr"}"' in only(mailbox).html
    assert mail(mail_id).language == (chosen or "fr")


def test_what_goes_wrong_is_kept_in_our_language_whatever_the_customers_is(mailbox: Mailbox) -> None:
    _, mail_id = sending(contact=builders.a_contact(language="de"))
    with transaction() as session:
        session.execute(update(Mail).values(to_address="nobody", due_at=now()))
    messages.deliver(mail_id)
    assert mail(mail_id).last_error == "“nobody” is not one email address."


def test_the_logo_comes_with_the_message_and_nothing_is_asked_for_elsewhere(mailbox: Mailbox) -> None:
    picture = BytesIO()
    Image.new("RGB", (480, 96), "#0b6a3c").save(picture, "PNG")
    change_logo(builders.person("admin"), picture.getvalue())
    messages.deliver(sending()[1])
    message = only(mailbox)
    assert re.findall(r'src="([^"]*)"', message.html) == [f"cid:{logo()}@logo"]
    assert re.search(r'<img[^>]* alt="My organization"[^>]* width="240" height="48"', message.html)
    related = [part for part in message.whole.walk() if part.get_content_type() == "image/png"]
    assert [part["Content-ID"] for part in related] == [f"<{logo()}@logo>"]
    assert len(related[0].get_content()) > 100
    assert [file.get_content_type() for file in message.whole.iter_attachments()] == ["application/pdf"]


def logo() -> str:
    db.session.rollback()
    return db.session.scalars(select(BrandFile.digest)).one()[:32]
