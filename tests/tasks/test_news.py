"""News by email: at once, once a day, or never; and never about themselves."""

from datetime import UTC, datetime

import builders
import pytest
from builders import timeline
from mail_sink import Mailbox

from models.activity import tell
from models.base import db
from models.clock import moved_to
from models.invoice import Invoice
from models.mail import Mail
from models.money import Money
from models.notice import Notice
from models.organization import the_organization
from models.refusal import Refused
from tasks import messages, people, preferences, transaction
from tasks.audit import audit
from tasks.news import send_news

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app")]
ZONE = "America/New_York"  # in November seven o'clock there is noon in UTC


def owned(when: str = "at_once") -> Invoice:
    """An invoice of a colleague who wants news then."""
    preferences.choose_news(builders.person("staff"), when)
    with transaction() as session:
        the_organization(session).time_zone = ZONE
    return builders.a_draft_invoice(owner_id=builders.person("staff").id)


def paid(invoice: Invoice, amount: int = 6447) -> None:
    with transaction() as session:
        cause = f"payment:{session.query(Notice).count() + 1}:succeeded"
        tell(session, "payment_received", cause, invoice.id, money=Money(amount, "USD"))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


def work() -> list[Mail]:
    """The clock asks for news and the mail server is there; every message that was ever written to colleagues."""
    send_news()
    for mail_id in Mail.due(db.session, 50):
        messages.deliver(mail_id)
    db.session.rollback()
    return db.session.query(Mail).filter_by(kind="news").order_by(Mail.id).all()


def test_at_once_one_message_tells_what_happened_and_leads_there(mailbox: Mailbox) -> None:
    invoice = owned()
    paid(invoice)
    work()
    work()
    (message,) = mailbox
    assert (message.to, message.subject) == (
        builders.EMAILS["staff"],
        f"Payment received: Draft {invoice.id}, $64.47",
    )
    for body in (message.html, message.text):
        assert "Grace Hopper" in body
        assert f"http://127.0.0.1:8000/admin/invoice/details/?id={invoice.id}" in body
        assert "http://127.0.0.1:8000/admin/notices/" in body


def test_what_comes_together_is_told_together(mailbox: Mailbox) -> None:
    invoice = owned()
    for amount in (100, 200, 300):
        paid(invoice, amount)
    work()
    (message,) = mailbox
    assert message.subject == "3 news of your invoices"
    assert all(amount in message.html for amount in ("$1.00", "$2.00", "$3.00"))


def test_the_news_of_a_day_come_at_seven_where_the_organization_is(mailbox: Mailbox) -> None:
    invoice = owned("daily")
    for moment, written in ((at(23, 9), 0), (at(23, 11, 59), 0), (at(23, 12), 1), (at(23, 15), 1), (at(24, 13), 2)):
        with moved_to(moment):
            assert len(work()) == written, moment
            paid(invoice)
    assert [len(mail.data["notices"]) for mail in work()] == [2, 2]


def test_after_a_night_off_two_clocks_send_one_digest(mailbox: Mailbox) -> None:
    invoice = owned("daily")
    for days in (-4, -3):
        with builders.in_a_while(days=days):
            paid(invoice)
    builders.crowd(lambda number: send_news(), 2)
    (mail,) = work()
    assert len(mail.data["notices"]) == 2
    assert len(mailbox) == 1


def test_who_wants_no_email_gets_none_and_no_old_one_later(mailbox: Mailbox) -> None:
    invoice = owned("never")
    with builders.in_a_while(days=-3):
        paid(invoice)
    assert work() == []
    preferences.choose_news(builders.person("staff"), "daily")
    assert work() == []
    assert db.session.query(Notice).one().read_at is None


def test_what_waited_for_the_morning_is_dropped_by_who_asks_for_silence(mailbox: Mailbox) -> None:
    invoice = owned("daily")
    paid(invoice)
    preferences.choose_news(builders.person("staff"), "never")
    assert work() == []
    preferences.choose_news(builders.person("staff"), "at_once")
    assert work() == []


def test_a_message_to_who_has_left_meanwhile_does_not_go_out(mailbox: Mailbox) -> None:
    paid(owned())
    send_news()
    people.disable(builders.person("staff").id, builders.person("admin"))
    assert [mail.state for mail in work()] == ["superseded"]
    assert list(mailbox) == []


def test_news_that_cannot_be_delivered_make_no_news(mailbox: Mailbox) -> None:
    invoice = owned()
    paid(invoice)
    mailbox.answer = "550 No such mailbox"
    assert [mail.state for mail in work()] == ["failed"]
    assert db.session.query(Notice).count() == 1
    mailbox.answer = None
    messages.retry_mail(work()[0].id, builders.person("staff"))
    assert [mail.state for mail in work()] == ["sent"]
    assert timeline(invoice) == ["payment_received"]
    assert "mail:" not in str(audit())


def test_hostile_names_stay_text(mailbox: Mailbox) -> None:
    contact = builders.a_contact(name="Eve\r\nBcc: x@evil.example <script>")
    preferences.choose_news(builders.person("staff"), "at_once")
    paid(builders.a_draft_invoice(owner_id=builders.person("staff").id, contact=contact))
    work()
    (message,) = mailbox
    assert "Bcc" not in message.whole
    assert "<script" not in message.html


def test_there_are_three_ways_and_no_others() -> None:
    with pytest.raises(Refused, match="at once, once a day, or never"):
        preferences.choose_news(builders.person("staff"), "hourly")
