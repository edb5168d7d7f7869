"""Notes that staff leave each other, and what customers have promised."""

from datetime import date, timedelta

import builders
import pytest
from flask import Flask
from forms import again
from sqlalchemy import select

from models.activity import Activity, AuditEntry
from models.base import db
from models.invoice import Invoice
from models.invoice_note import InvoiceNote
from models.organization import the_organization
from models.refusal import NotAllowed, Refused
from tasks.audit import audit
from tasks.following_up import add_note, promise
from tasks.invoices import delete_draft, void_invoice

pytestmark = pytest.mark.both_databases


def in_days(days: int) -> date:
    return the_organization(db.session).today() + timedelta(days=days)


def notes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(InvoiceNote.text).order_by(InvoiceNote.id)))


def told(kind: str) -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Activity.detail).where(Activity.kind == kind)))


def test_a_note_is_kept_with_who_wrote_it_and_a_second_press_is_the_first(app: Flask) -> None:
    invoice, staff = builders.a_draft_invoice(), builders.person("staff")
    first = add_note(invoice.id, staff, "  Called Grace.\0 She has it.\n")
    assert add_note(invoice.id, staff, "Called Grace. She has it.") == first
    assert add_note(invoice.id, builders.person("finance"), "Called Grace. She has it.") != first
    assert notes() == ["Called Grace. She has it."] * 2
    assert audit() == []


def test_the_same_words_days_later_are_another_note(app: Flask) -> None:
    invoice, staff = builders.a_draft_invoice(), builders.person("staff")
    first = add_note(invoice.id, staff, "Called Grace, no answer.")
    with builders.in_a_while(seconds=30):
        assert add_note(invoice.id, staff, "Called Grace, no answer.") == first
    with builders.in_a_while(days=2):
        assert add_note(invoice.id, staff, "Called Grace, no answer.") != first
    assert notes() == ["Called Grace, no answer."] * 2


@pytest.mark.parametrize(("text", "sentence"), [(" \n\0", "Write the note first"), ("x" * 5001, "at most 5,000")])
def test_a_note_says_something_and_not_everything(app: Flask, text: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        add_note(builders.a_draft_invoice().id, builders.person("staff"), text)
    assert notes() == []


def test_a_viewer_neither_notes_nor_promises(app: Flask) -> None:
    invoice, viewer = builders.a_sent_invoice(), builders.person("viewer")
    with pytest.raises(NotAllowed):
        add_note(invoice.id, viewer, "Hello")
    with pytest.raises(NotAllowed):
        promise(invoice.id, viewer, in_days(3))


def test_the_notes_of_a_draft_go_with_it(app: Flask) -> None:
    draft, other = builders.a_draft_invoice(), builders.a_draft_invoice()
    for invoice in (draft, other):
        add_note(invoice.id, builders.person("staff"), f"About {invoice.id}")
    delete_draft(draft.id, builders.person("staff"))
    assert notes() == [f"About {other.id}"]


def test_a_promise_is_told_once_changed_and_taken_away(app: Flask) -> None:
    invoice, staff = builders.a_sent_invoice(), builders.person("staff")
    for day in (in_days(3), in_days(3), in_days(5), in_days(3), None, None):
        promise(invoice.id, staff, day)
    assert again(invoice).promised_for is None
    assert (len(told("promised")), len(told("promise_ended"))) == (3, 1)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice.promise")).all()
    assert [entry.before for entry in entries[:2]] == [{"promised_for": None}, {"promised_for": in_days(3).isoformat()}]
    assert audit() == []


@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_paid_invoice])
def test_what_is_not_owed_is_not_promised(app: Flask, situation: type[Invoice]) -> None:
    with pytest.raises(Refused, match="Nothing is due"):
        promise(situation().id, builders.person("staff"), in_days(3))


def test_a_day_that_is_over_is_no_promise(app: Flask) -> None:
    invoice, staff = builders.a_sent_invoice(), builders.person("staff")
    with pytest.raises(Refused, match="That day is over"):
        promise(invoice.id, staff, in_days(-1))
    promise(invoice.id, staff, in_days(0))
    assert again(invoice).promised_for == in_days(0)


def test_two_years_away_is_no_promise_any_more(app: Flask) -> None:
    invoice, staff = builders.a_sent_invoice(), builders.person("staff")
    promise(invoice.id, staff, in_days(731))
    with pytest.raises(Refused, match=r"more than two years away\. Choose .* or an earlier day\."):
        promise(invoice.id, staff, in_days(732))
    assert again(invoice).promised_for == in_days(731)


def test_a_promise_may_be_as_far_away_as_the_day_on_which_it_is_due(app: Flask) -> None:
    invoice, staff = builders.a_sent_invoice(due_date=in_days(1000)), builders.person("staff")
    promise(invoice.id, staff, in_days(1000))
    with pytest.raises(Refused, match="more than two years away"):
        promise(invoice.id, staff, in_days(1001))
    assert again(invoice).promised_for == in_days(1000)


def test_a_promise_ends_with_the_last_payment_and_not_before(app: Flask) -> None:
    invoice = builders.a_sent_invoice("100.00", partial_payments=True)
    promise(invoice.id, builders.person("staff"), in_days(3))
    for amount, promised in (("40.00", in_days(3)), ("60.00", None)):
        builders.pay(invoice, amount=builders.Money.parse(amount, "USD"))
        builders.come_home()
        assert again(invoice).promised_for == promised


def test_nothing_is_promised_of_what_is_void(app: Flask) -> None:
    invoice, staff = builders.a_sent_invoice(), builders.person("staff")
    promise(invoice.id, staff, in_days(3))
    void_invoice(invoice.id, staff)
    assert again(invoice).promised_for is None


def test_a_promise_outlives_a_debit_that_fails(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    promise(invoice.id, builders.person("staff"), in_days(3))
    with builders.transaction() as session:
        row = session.get_one(Invoice, invoice.id)
        row.processing = row.total
        row.end_settled_promise()
        assert (row.promised_for, row.promised_day) == (in_days(3), None)
