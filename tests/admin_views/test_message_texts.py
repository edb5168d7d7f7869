"""Settings → Texts: what messages say instead of the default, checked before it is kept, shown with a real invoice."""

from collections.abc import Callable

import builders
import pytest
from builders import a_contact, a_draft_invoice, a_paid_invoice, a_sent_invoice, connected, in_a_while, person
from cast import Browser
from catalogs import collected
from forms import again
from mail_sink import Mailbox
from sqlalchemy import func, select

from models.activity import AuditEntry
from models.base import db
from models.invoice import new_operation
from models.mail import Mail
from models.message_text import _DEFAULTS, FIELDS, MessageText, default_words
from models.refusal import NotAllowed, NotFound, Refused
from tasks import invoices, messages
from tasks.message_texts import change_text, reset_text
from tasks.reminders import remind

SignIn = Callable[[str], Browser]
PAGE = "/admin/message_text/edit/?kind={}&language={}"
LETTER = "/admin/message_text/letter/"

pytestmark = pytest.mark.usefixtures("app")


def write(subject: str, introduction: str, kind: str = "invoice", language: str = "en") -> None:
    change_text(person("admin"), kind, language, subject, introduction)


def texts() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(MessageText)) or 0


def test_an_invoice_says_what_the_organization_has_written(mailbox: Mailbox) -> None:
    write("{organization}: {amount} by {due_day}, {number}", "Dear {customer},\nthank you for the work.")
    connected()
    invoice = a_draft_invoice("64.47", contact=a_contact(name="Zoë <b>"))
    messages.deliver(invoices.send_invoice(invoice.id, person("staff"), new_operation()))
    row, sent = again(invoice), mailbox[-1]
    due = f"{row.due_date:%b %-d, %Y}"
    assert sent.subject == f"My organization: $64.47 by {due}, {row.number}"
    assert "Dear Zoë <b>,\nthank you for the work." in sent.text.replace("\r\n", "\n")
    assert ("Dear Zoë &lt;b&gt;" in sent.html, "here is your invoice" in sent.html + sent.text) == (True, False)


def test_other_kinds_and_languages_say_the_default(mailbox: Mailbox) -> None:
    write("Zahlen", "Bitte", language="de")
    write("Thanks", "Bye", kind="receipt")
    invoice = a_sent_invoice()
    assert mailbox[-1].subject == f"Invoice {invoice.number} from My organization: $100.00"


def test_a_copy_is_called_as_its_invoice_and_says_that_it_is_a_copy(mailbox: Mailbox) -> None:
    write("For you: {number}", "Hello {customer}!")
    connected()
    invoice = a_draft_invoice(contact=a_contact(cc_addresses=["books@example.com"]))
    invoices.send_invoice(invoice.id, person("staff"), new_operation())
    builders.come_home()
    copy = next(each for each in mailbox if each.to == "books@example.com")
    assert (copy.subject.startswith("For you: "), "This is a copy" in copy.text) == (True, True)


def test_an_invoice_that_asks_for_nothing_any_more_names_its_total(mailbox: Mailbox) -> None:
    write("Invoice {number} for {amount}", "Hello.")
    invoice = a_paid_invoice("64.47")
    messages.deliver(invoices.send_invoice(invoice.id, person("staff"), new_operation()))
    assert mailbox[-1].subject == f"Invoice {invoice.number} for $64.47"


def test_each_kind_has_its_amount(mailbox: Mailbox) -> None:
    write("Got {amount} by {method}", "Thanks.", kind="receipt")
    write("Still {amount}", "Please.", kind="reminder")
    a_paid_invoice("20.00")
    builders.come_home()
    assert any(each.subject.startswith("Got $20.00 by Visa") for each in mailbox)
    invoice = a_sent_invoice("30.00")
    with in_a_while(days=2):
        messages.deliver(remind(invoice.id, person("staff"), new_operation()))
    assert mailbox[-1].subject == "Still $30.00"


@pytest.mark.parametrize(
    ("subject", "introduction", "sentence"),
    [
        ("", "Hello", "needs a subject"),
        ("Hello", " \n ", "needs a subject"),
        ("x" * 201, "Hello", "at most 200"),
        ("Hello", "x" * 2001, "at most 200"),
        ("Hello {nobody}", "Hello", "“{nobody}” is no field"),
        ("Hello", "{method}", "“{method}” is no field"),
        ("Hello {number", "Hello", "“{” may stand only around"),
        ("Hello", "{{ config }}", "may stand only around"),
        ("Hello", "{}", "is no field"),
    ],
)
def test_what_could_not_be_sent_is_refused(subject: str, introduction: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        write(subject, introduction)
    assert texts() == 0


def test_a_subject_of_two_lines_is_sent_as_one(mailbox: Mailbox) -> None:
    write("Two\r\nBcc: all@example.com", "Hello")
    a_sent_invoice()
    assert (mailbox[-1].subject, mailbox[-1].whole["Bcc"]) == ("Two Bcc: all@example.com", None)


@pytest.mark.parametrize("end", ["=0A", "=0D=0A"])
def test_a_customers_name_writes_no_header_of_its_own(mailbox: Mailbox, end: str) -> None:
    write("For {customer}", "Hello")
    a_sent_invoice()
    a_sent_invoice(contact=a_contact(name=f"=?utf-8?q?Hi{end}Bcc:_evil=40x.y?=", email="odd@example.com"))
    plain, odd = mailbox
    assert odd.whole.keys() == plain.whole.keys()
    assert odd.subject == f"For = ?utf-8?q?Hi{end}Bcc:_evil=40x.y?="


def test_what_looks_like_a_template_is_only_text(mailbox: Mailbox) -> None:
    write("Hello %(number)s %s", "<script>alert(1)</script> %s %(x)s \\1")
    a_sent_invoice()
    assert mailbox[-1].subject == "Hello %(number)s %s"
    assert "&lt;script&gt;" in mailbox[-1].html


def test_the_default_is_one_press_away_and_writing_it_is_going_back_to_it(signed_in: SignIn) -> None:
    write("Mine", "Mine too")
    browser, page = signed_in("admin"), PAGE.format("invoice", "en")
    assert "Use the default text" in browser.get(page).text
    browser.post_form("/admin/message_text/reset/", {"kind": "invoice", "language": "en"}, page=page)
    assert (texts(), "Use the default text" in browser.get(page).text) == (0, False)
    write("Mine", "Mine too")
    default = default_words("invoice", "en")
    write(default.subject, default.introduction)
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.action.like("message_text%")).order_by(AuditEntry.id)
    )
    edit, reset = "message_text.edit", "message_text.reset"
    assert (texts(), list(actions)) == (0, [edit, reset, edit, reset])


def test_an_admin_writes_and_saves_a_text(signed_in: SignIn) -> None:
    browser, page = signed_in("admin"), PAGE.format("receipt", "de")
    assert "Default" in browser.get("/admin/message_text/").text
    form = {"kind": "receipt", "language": "de", "subject": "Danke für {amount}", "introduction": "Vielen Dank!"}
    odd = {"subject": "{due_day}", "introduction": "{{Danke}}"}
    wrong = browser.post_form("/admin/message_text/edit/", form | odd, page=page)
    assert (wrong.status_code, texts(), wrong.text.count('aria-invalid="true"')) == (400, 0, 2)
    for sentence in ("“{due_day}” is no field of this message", "“{” may stand only around the name of a field"):
        assert sentence in wrong.text
    assert browser.post_form("/admin/message_text/edit/", form, page=page).status_code == 303
    assert ("Danke für {amount}" in browser.get(page).text, texts()) == (True, 1)


def test_the_preview_is_of_a_real_invoice_and_keeps_nothing(signed_in: SignIn) -> None:
    first, second, browser = a_sent_invoice("11.00"), a_sent_invoice("12.00"), signed_in("admin")
    page = PAGE.format("invoice", "en")
    typed = {"kind": "invoice", "language": "en", "subject": "Now {amount}", "introduction": "So <i>"}
    newest = browser.post_form(LETTER, typed, page=page)
    assert ("Now $12.00" in newest.text, "So &lt;i&gt;" in newest.text, second.number in newest.text) == (True,) * 3
    named = browser.post_form(LETTER, typed | {"invoice": first.number}, page=page)
    assert "Now $11.00" in named.text
    assert "default-src 'none'" in named.headers["Content-Security-Policy"]
    odd = browser.post_form(LETTER, typed | {"subject": "{"}, page=page)
    assert "may stand only around" in odd.text
    assert (texts(), db.session.scalar(select(func.count()).select_from(Mail))) == (0, 2)


def test_a_payment_that_failed_is_shown_with_an_invoice_of_which_something_is_due(signed_in: SignIn) -> None:
    partly, _ = builders.a_partly_paid_invoice("100.00", "40.00"), builders.a_paid_invoice("11.00")
    shown = signed_in("admin").get(f"{LETTER}?kind=payment_failed&language=en").text
    assert (partly.number in shown, "Pay $60.00" in shown) == (True, True)


def test_without_anything_to_show_it_with_the_preview_says_so(signed_in: SignIn) -> None:
    browser = signed_in("admin")
    for kind, missing in (("invoice", "no issued invoice yet"), ("receipt", "no payment"), ("refund", "no refund")):
        assert missing in browser.get(f"{LETTER}?kind={kind}&language=en").text


def test_only_admins_change_texts_of_kinds_and_languages_that_there_are() -> None:
    with pytest.raises(NotAllowed):
        change_text(person("finance"), "invoice", "en", "A", "B")
    for kind, language in (("news", "en"), ("invoice", "xx")):
        with pytest.raises(NotFound):
            reset_text(person("admin"), kind, language)


def test_what_is_said_by_default_is_what_the_templates_say() -> None:
    known = {text for _, text in collected("customers.cfg")}
    assert set(FIELDS) == set(_DEFAULTS)
    assert {text for subject, said in _DEFAULTS.values() for text in (subject, *said)} <= known
    assert default_words("invoice", "en").subject == "Invoice {number} from {organization}: {amount}"
    assert "{number}" in default_words("invoice", "ar").subject
