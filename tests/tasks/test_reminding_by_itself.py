"""Reminders that nobody presses: off until switched on, once, on their day, and not while there is a reason to wait."""

from datetime import UTC, date, datetime, timedelta

import builders
import pytest
from builders import a_sent_invoice, crowd, moved_to, person, timeline
from customers import who_reads
from flask import Flask
from forms import again
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import Invoice
from models.mail import CAN_WAIT, Mail
from models.organization import Organization
from models.refusal import NotAllowed, Refused
from models.reminder import Reminder
from tasks import following_up, reminders, transaction
from tasks.audit import audit
from tasks.messages import deliver
from tasks.reminders import allow_reminders, change_reminders, send_reminders, stop_reminders, switch_reminders

pytestmark = [pytest.mark.usefixtures("app"), pytest.mark.both_databases]
ON, DUE = date(2027, 3, 1), date(2027, 3, 20)


def at(day: date, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def switched_on(*days: int, on: date = ON) -> None:
    with moved_to(at(on)):
        change_reminders(person("admin"), days or (-3, 0, 7))


def an_invoice(due: date = DUE, **fields: object) -> Invoice:
    with moved_to(at(ON)):
        return a_sent_invoice(due_date=due, **fields)


def run(moment: datetime) -> list[Reminder]:
    """The clock asks once; everything that was ever decided."""
    with moved_to(moment):
        send_reminders()
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Reminder).order_by(Reminder.id)))


def change(invoice: Invoice, **fields: object) -> None:
    with transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        for name, value in fields.items():
            setattr(row, name, value)


def the_mails() -> list[Mail]:
    return list(db.session.scalars(select(Mail).where(Mail.kind == "reminder").order_by(Mail.id)))


def test_nobody_is_reminded_until_an_admin_switches_it_on() -> None:
    an_invoice()
    assert (run(at(DUE)), the_mails()) == ([], [])


def test_each_step_is_sent_once_on_its_day_and_lets_others_pass() -> None:
    switched_on()
    invoice = an_invoice()
    for day in range(-10, 15):
        for hour in (9, 10, 19):
            run(at(DUE + timedelta(days=day), hour))
    assert [(each.days, each.outcome) for each in run(at(DUE))] == [(-3, "sent"), (0, "sent"), (7, "sent")]
    assert {(mail.invoice_id, mail.rank, mail.made_by_id) for mail in the_mails()} == {(invoice.id, CAN_WAIT, None)}
    assert len(the_mails()) == 3


def test_only_due_dates_still_to_come_are_reminded_of() -> None:
    an_invoice(ON)
    switched_on(0, 7)
    an_invoice(ON + timedelta(days=1))
    sent = [each for day in range(10) for each in run(at(ON + timedelta(days=day)))]
    assert {each.due_date for each in sent} == {ON + timedelta(days=1)}


def test_after_a_night_off_nothing_is_made_up_for() -> None:
    switched_on()
    an_invoice()
    assert run(at(DUE + timedelta(days=1), 9)) == []


def test_a_clock_that_comes_back_in_the_afternoon_still_sends_the_days() -> None:
    switched_on()
    an_invoice()
    assert [each.days for each in run(at(DUE, 15))] == [0]


@pytest.mark.parametrize(
    ("taken", "why"),
    [
        (at(DUE, 20), "after_hours"),
        (at(DUE, 23), "after_hours"),
        (at(DUE + timedelta(days=1), 3), "late"),
        (at(DUE + timedelta(days=1)), "late"),
    ],
)
def test_one_that_waited_until_its_hours_were_over_stays_here(taken: datetime, why: str) -> None:
    switched_on()
    an_invoice()
    (reminder,) = run(at(DUE, 19, 59))
    with moved_to(taken):
        deliver(reminder.mail_id or 0)
    (mail,) = the_mails()
    db.session.refresh(mail)
    assert (mail.state, mail.superseded_why) == ("superseded", why)


def test_one_that_waited_within_its_hours_goes_out() -> None:
    switched_on()
    an_invoice()
    (reminder,) = run(at(DUE, 9))
    with moved_to(at(DUE, 19, 59)):
        deliver(reminder.mail_id or 0)
    assert [mail.state for mail in the_mails()] == ["sent"]


@pytest.mark.parametrize("hour", [0, 8, 20, 23])
def test_nobody_is_written_to_at_night(hour: int) -> None:
    switched_on()
    an_invoice()
    assert run(at(DUE, hour)) == []


def test_the_day_is_the_organizations() -> None:
    with transaction() as session:
        session.get_one(Organization, 1).time_zone = "Pacific/Auckland"
    switched_on(on=ON - timedelta(days=1))
    an_invoice()
    assert run(at(DUE, 10)) == []  # eleven in the evening there
    assert [each.decided_on for each in run(at(DUE - timedelta(days=1), 21))] == [DUE]


def test_two_clocks_remind_once() -> None:
    switched_on()
    invoice = an_invoice()
    with moved_to(at(DUE)):
        shift = now()

    def clock(number: int) -> None:
        with moved_to(shift):
            send_reminders()

    assert crowd(clock, 8) == [None] * 8
    assert (len(run(at(DUE, 11))), [mail.invoice_id for mail in the_mails()], audit()) == (1, [invoice.id], [])


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"processing": 100}, "on_its_way"),
        ({"disputed": 100}, "disputed"),
        ({"promised_for": DUE}, "promised"),
        ({"reminders_off": True}, "off"),
    ],
)
def test_what_is_waited_for_is_left_out_for_good_and_staff_read_why(fields: dict[str, object], why: str) -> None:
    switched_on()
    invoice = an_invoice()
    change(invoice, **fields)
    (skipped,) = run(at(DUE))
    assert (skipped.outcome, skipped.why, the_mails()) == ("skipped", why, [])
    assert skipped.why_words.startswith("No reminder went out on Mar 20, 2027: ")
    change(invoice, processing=0, disputed=0, promised_for=None, reminders_off=False)
    run(at(DUE, 12))
    assert the_mails() == []


def test_what_is_paid_or_void_has_no_reminders_at_all() -> None:
    switched_on()
    change(an_invoice(), status="Paid")
    change(an_invoice(), status="Void")
    assert run(at(DUE)) == []


def test_a_reminder_by_hand_counts_for_the_day_of_peace() -> None:
    switched_on()
    invoice = an_invoice()
    with moved_to(at(DUE - timedelta(days=1), 18)):
        reminders.remind(invoice.id, person("staff"), builders.new_operation())
    assert [(each.outcome, each.why) for each in run(at(DUE))] == [("skipped", "just_sent")]


def test_without_stripe_or_an_address_it_is_left_out() -> None:
    switched_on()
    invoice, account = an_invoice(), builders.active_account(db.session)
    with transaction() as session:
        session.merge(account).charges_enabled = False
    assert run(at(DUE - timedelta(days=3)))[-1].why == "no_stripe"
    with transaction() as session:
        session.get_one(Contact, invoice.contact_id).email = "nobody"
    assert run(at(DUE))[-1].why == "no_address"


def test_a_due_date_that_was_moved_has_steps_of_its_own() -> None:
    switched_on(0)
    invoice = an_invoice()
    run(at(DUE))
    change(invoice, due_date=DUE + timedelta(days=5))
    assert [each.outcome for each in run(at(DUE + timedelta(days=5)))] == ["sent", "sent"]


def test_on_a_day_of_23_hours_it_is_sent_once() -> None:
    with transaction() as session:
        session.get_one(Organization, 1).time_zone = "Europe/Berlin"
    switched_on(-7, 0, 7)
    an_invoice(date(2027, 3, 28))
    for hour in range(24):
        run(at(date(2027, 3, 28), hour))
    assert [each.days for each in run(at(date(2027, 3, 28)))] == [0]


def test_switching_on_and_off_is_the_admins_and_logged() -> None:
    with pytest.raises(NotAllowed):
        change_reminders(person("finance"), [0])
    with pytest.raises(Refused, match="not reminded 5 days after"):
        change_reminders(person("admin"), [5])
    switched_on(7, 0, 7)
    switched_on(0, 14, on=ON + timedelta(days=3))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "organization.reminders")).all()[-1]
    assert entry.after == {"days": [0, 14], "since": "2027-03-01"}
    with moved_to(at(ON)):
        change_reminders(person("admin"), [])
    assert db.session.get_one(Organization, 1, populate_existing=True).reminders_since is None


def test_one_invoice_can_be_left_in_peace_and_again_be_reminded_of(app: Flask) -> None:
    invoice, staff = an_invoice(), person("staff")
    for on in (False, False, True):
        switch_reminders(invoice.id, staff, on)
    assert timeline(invoice)[-2:] == ["reminders_off", "reminders_on"]
    with pytest.raises(NotAllowed):
        switch_reminders(invoice.id, person("viewer"), False)


def test_who_has_asked_for_no_more_is_not_reminded_of_anything_until_they_ask_again() -> None:
    switched_on()
    invoice, staff = an_invoice(), person("staff")
    stop_reminders(*who_reads(invoice))
    stop_reminders(*who_reads(invoice))
    assert timeline(invoice).count("reminders_stopped") == 1
    assert run(at(DUE - timedelta(days=3)))[-1].why == "unsubscribed"
    with moved_to(at(DUE)), pytest.raises(Refused, match="asked for no more reminders"):
        reminders.remind(invoice.id, staff, builders.new_operation())
    allow_reminders(again(invoice).contact_id, staff)
    assert run(at(DUE))[-1].outcome == "sent"


def test_a_promise_that_is_over_lets_the_next_step_go_out() -> None:
    switched_on()
    invoice = an_invoice()
    with moved_to(at(DUE - timedelta(days=4))):
        following_up.promise(invoice.id, person("staff"), DUE + timedelta(days=2))
    assert [each.why for each in run(at(DUE - timedelta(days=3)))] == ["promised"]
    run(at(DUE))
    assert run(at(DUE + timedelta(days=7)))[-1].outcome == "sent"
