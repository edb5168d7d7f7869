"""What the page of an invoice promises of reminders is what the clock then decides."""

from datetime import UTC, date, datetime, timedelta

import builders
import pytest
from builders import a_sent_invoice, moved_to, today
from customers import who_reads
from forms import again
from sqlalchemy import select

from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import Invoice
from models.mail import Mail
from models.next_reminder import next_reminder
from models.organization import the_organization
from models.reminder import Reminder
from models.stripe_account import active_account
from tasks import transaction
from tasks.following_up import promise
from tasks.messages import deliver
from tasks.reminders import change_reminders, remind, send_reminders, stop_reminders

pytestmark = pytest.mark.usefixtures("app")


def switched_on(*days: int) -> None:
    change_reminders(builders.person("admin"), days)


def says(invoice: Invoice, moment: datetime) -> str:
    """What the page of an invoice promises then."""
    with moved_to(moment):
        said = next_reminder(db.session, again(invoice), the_organization(db.session))
    db.session.rollback()
    return said.words if said else ""


def on(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def test_a_reminder_is_promised_only_for_a_day_after_the_day_of_peace() -> None:
    switched_on(0, 7)
    due = today() + timedelta(days=20)
    invoice = a_sent_invoice(due_date=due)
    with moved_to(on(due - timedelta(days=1), 12)):
        deliver(remind(invoice.id, builders.person("staff"), builders.new_operation()))
    promised = says(invoice, on(due - timedelta(days=1), 13))
    assert promised == f"The next reminder goes out on {due + timedelta(days=7):%b %-d, %Y}."
    with moved_to(on(due, 9)):
        send_reminders()
    assert says(invoice, on(due, 9)) == promised
    assert db.session.scalars(select(Reminder.why)).one() == "just_sent"


@pytest.mark.parametrize("hour", [8, 9, 19, 20])
def test_what_the_page_promises_for_today_is_what_the_clock_decides(hour: int) -> None:
    switched_on(0)
    due = today() + timedelta(days=20)
    invoice = a_sent_invoice(due_date=due)
    is_promised = f"on {due:%b %-d, %Y}." in says(invoice, on(due, hour))
    for each in (hour, 19):
        with moved_to(on(due, max(each, hour))):
            send_reminders()
    assert is_promised == (db.session.scalars(select(Reminder.outcome)).all() == ["sent"])


def test_no_reminder_is_promised_that_has_no_address_or_no_way_to_pay() -> None:
    switched_on(0)
    due = today() + timedelta(days=20)
    invoice, account = a_sent_invoice(due_date=due), active_account(db.session)
    promise(invoice.id, builders.person("staff"), today() + timedelta(days=2))
    with transaction() as session:
        session.merge(account).charges_enabled = False
    assert says(invoice, now()).startswith("No reminder goes out now. Customers cannot pay online:")
    with transaction() as session:
        session.get_one(Contact, invoice.contact_id).email = "nobody"
    assert "The contact has no email address that can be written to." in says(invoice, now())


def test_a_promise_hides_nothing_that_lasts() -> None:
    switched_on(0)
    invoice = a_sent_invoice(due_date=today() + timedelta(days=20))
    promise(invoice.id, builders.person("staff"), today() + timedelta(days=2))
    stop_reminders(*who_reads(invoice))
    assert says(invoice, now()).endswith("The contact has asked for no more reminders.")


def test_a_pause_says_that_what_falls_into_it_is_left_out() -> None:
    switched_on(0, 7)
    invoice = a_sent_invoice(due_date=today() + timedelta(days=20))
    promise(invoice.id, builders.person("staff"), today() + timedelta(days=22))
    assert says(invoice, now()).endswith("One whose day comes before that is left out, not sent later.")
    with transaction() as session:
        session.get_one(Invoice, invoice.id).disputed = 100
    assert says(invoice, now()).startswith("No reminder goes out now.")
    assert says(invoice, now()).endswith("is left out, not sent later.")


def test_one_that_did_not_go_out_any_more_says_why() -> None:
    switched_on(0, 7)
    due = today() + timedelta(days=20)
    invoice = a_sent_invoice(due_date=due)
    with moved_to(on(due, 19)):
        send_reminders()
        assert left_out(invoice) == ""
    with moved_to(on(due, 20)):
        deliver(db.session.scalars(select(Mail.id).where(Mail.kind == "reminder")).one())
        assert left_out(invoice) == f"No reminder went out on {due:%b %-d, %Y}. Its hours were over."


def left_out(invoice: Invoice) -> str:
    """What its page says of the last one."""
    said = next_reminder(db.session, again(invoice), the_organization(db.session))
    db.session.rollback()
    db.session.expire_all()
    return said.before if said else ""
