"""An edit of an issued invoice is its next version; what is void or refunded is billed again by another invoice."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import builders
import pytest
from builders import Money, person
from cast import Cast
from customers import count, the_checkout
from flask import Flask

from models.activity import Activity, AuditEntry
from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.invoice_version import InvoiceVersion
from models.refusal import Conflict, NotAllowed, OutsideError, Refused
from sandbox.errors import Refused as Declined
from sandbox.world import World
from tasks import invoices, pay_links, revisions, transaction
from tasks.audit import audit
from tasks.checkouts import open_checkout

pytestmark = pytest.mark.both_databases


def lines(amount: str, currency: str = "USD") -> dict[str, Any]:
    price = Money.parse(amount, currency).amount
    return {"lines": [InvoiceLine(description="Redesign", quantity=Decimal(1), unit_price=price)], "currency": currency}


def revise(invoice: Invoice, amount: str = "80.00", **values: Any) -> int:
    return revisions.revise_invoice(invoice.id, person("staff"), lines(amount) | values)


def fresh(invoice: Invoice) -> Invoice:
    db.session.rollback()
    return db.session.get_one(Invoice, invoice.id, populate_existing=True)


def versions(invoice: Invoice) -> list[InvoiceVersion]:
    query = db.session.query(InvoiceVersion).filter_by(invoice_id=invoice.id)
    return query.order_by(InvoiceVersion.version).all()


def test_a_revision_is_a_new_version_and_the_old_one_is_kept(app: Flask, cast: Cast) -> None:
    invoice = builders.a_sent_invoice("100.00")
    number = invoice.number
    assert revise(invoice) == 2
    assert (fresh(invoice).number, invoice.status, invoice.total) == (number, "Sent", 8000)
    first, second = versions(invoice)
    assert [first.total, second.total] == [10_000, 8000]
    assert [one.content["lines"][0]["description"] for one in (first, second)] == ["Design", "Redesign"]
    assert (first.made_by, second.made_by) == (cast.staff, cast.staff)
    assert audit() == []


def test_a_payment_that_failed_keeps_the_invoice_in_its_currency(app: Flask) -> None:
    invoice = builders.a_sent_invoice("100.00")
    builders.pay(invoice, "us_bank_account")
    builders.come_home()
    builders.the_world().settle(builders.the_payment(invoice).payment_intent_id, "failed")
    builders.come_home()
    with pytest.raises(Refused, match="currency"):
        revise(invoice, currency="EUR")
    assert (fresh(invoice).currency, fresh(invoice).version, audit()) == ("USD", 1, [])
    assert revise(invoice) == 2


def test_the_timeline_and_the_audit_log_tell_of_it(app: Flask, cast: Cast) -> None:
    invoice = builders.a_sent_invoice("100.00")
    revise(invoice)
    told = db.session.query(Activity).filter_by(kind="revised").one()
    assert (told.words, told.detail, told.money, told.user) == (
        "Invoice revised",
        "version 2",
        Money(8000, "USD"),
        cast.staff,
    )
    entry = db.session.query(AuditEntry).filter_by(action="invoice.revise").one()
    assert [(side or {})["total"] for side in (entry.before, entry.after)] == [10_000, 8000]


def test_the_contact_is_taken_as_it_is_now(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    revise(invoice, contact_id=builders.a_contact(name="Ada Lovelace", email="ada@example.com").id)
    assert (fresh(invoice).contact_snapshot or {})["name"] == "Ada Lovelace"
    assert [one.content["contact"]["name"] for one in versions(invoice)] == ["Grace Hopper", "Ada Lovelace"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"lines": []}, "at least one line"),
        (lines("0.49"), "too small"),
        (lines("1000000.00"), "too large"),
        ({"contact_id": None}, "Add a contact with an email address"),
        ({"partial_payments": True, "partial_minimum": 9000}, "is more than the total"),
    ],
)
def test_what_could_not_be_issued_is_no_version(app: Flask, values: dict[str, Any], sentence: str) -> None:
    invoice = builders.a_sent_invoice("100.00")
    with pytest.raises(Refused, match=sentence):
        revise(invoice, **values)
    assert (fresh(invoice).version, invoice.total, invoice.held_until, len(versions(invoice))) == (1, 10_000, None, 1)


def test_what_was_paid_or_is_on_its_way_is_not_changed(app: Flask) -> None:
    paid, debit = builders.a_partly_paid_invoice(), builders.a_sent_invoice()
    builders.pay(debit, "us_bank_account")
    builders.come_home()
    void, draft = builders.a_sent_invoice(), builders.a_draft_invoice()
    invoices.void_invoice(void.id, person("staff"))
    for invoice, sentence in ((paid, "was paid for"), (debit, "on its way"), (void, "is void"), (draft, "a draft")):
        with pytest.raises(Refused, match=sentence):
            revise(invoice)
    assert {one.version for one in db.session.query(Invoice)} == {1}


def test_pay_in_the_old_tab_after_a_revision_charges_neither_amount(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00")
    open_checkout(invoice.id, new_operation(), version=1)
    old = str(the_checkout(invoice).stripe_id)
    revise(invoice, "80.00")
    with pytest.raises(Declined, match="expired"):
        world.pay(old)
    with pytest.raises(Conflict, match="This invoice was changed since you opened this page"):
        open_checkout(invoice.id, new_operation(), version=1)
    assert open_checkout(invoice.id, new_operation(), version=2)
    assert (the_checkout(invoice).amount, the_checkout(invoice).invoice_version) == (8000, 2)


def test_what_was_paid_meanwhile_is_recorded_and_the_revision_refused(app: Flask) -> None:
    invoice = builders.a_sent_invoice("100.00")
    builders.pay(invoice)
    with pytest.raises(Refused, match=r"\$100.00 was paid for"):
        revise(invoice)
    assert (fresh(invoice).status, invoice.version, invoice.held_until) == ("Paid", 1, None)
    assert audit() == []


def test_a_revision_may_change_the_currency(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00")
    open_checkout(invoice.id, new_operation())
    revisions.revise_invoice(invoice.id, person("staff"), lines("9000", "JPY"))
    builders.pay(fresh(invoice))
    builders.come_home()
    assert (fresh(invoice).status, str(invoice.held()), count(Checkout)) == ("Paid", "¥9,000", 2)
    assert audit() == []


def test_a_silent_stripe_changes_nothing(app: Flask, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00")
    open_checkout(invoice.id, new_operation())
    world.faults.add("POST /v1/checkout/sessions/*/expire", "503")
    with pytest.raises(OutsideError):
        revise(invoice)
    assert (fresh(invoice).version, invoice.held_until, len(versions(invoice))) == (1, None, 1)
    assert revise(invoice) == 2


def test_a_day_that_cannot_be_closes_no_page_on_which_a_customer_pays(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    open_checkout(invoice.id, new_operation())
    with pytest.raises(Refused, match="before it is issued"):
        revise(invoice, due_date=builders.today() - timedelta(days=1))
    assert the_checkout(invoice).state == "open"


def test_an_empty_due_date_follows_from_the_issue(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    due = invoice.due_date
    revise(invoice, due_date=None)
    assert fresh(invoice).due_date == due


def test_of_two_who_revise_the_second_is_told_who_was_first(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    seen = fresh(invoice).edits
    revisions.revise_invoice(invoice.id, person("finance"), lines("80.00"), seen)
    with pytest.raises(Conflict, match=r"Finance Person revised this invoice on .*, after you opened this form"):
        revisions.revise_invoice(invoice.id, person("staff"), lines("70.00"), seen)
    assert (fresh(invoice).total, invoice.version) == (8000, 2)
    assert revisions.revise_invoice(invoice.id, person("staff"), lines("70.00"), invoice.edits) == 3


def test_nobody_revises_or_bills_again_without_the_permission(app: Flask, cast: Cast) -> None:
    invoice = builders.a_sent_invoice()
    for forbidden in (revisions.bill_again, lambda *who: revisions.revise_invoice(*who, {})):
        with pytest.raises(NotAllowed):
            forbidden(invoice.id, cast.viewer)


def test_what_is_void_is_billed_again_with_the_same_content(app: Flask, cast: Cast) -> None:
    terms = {"terms": "14 days", "po_number": "PO-7", "partial_payments": True, "deposit_percent": Decimal(30)}
    invoice = builders.a_sent_invoice("100.00", **terms)
    invoices.void_invoice(invoice.id, cast.staff)
    draft = db.session.get_one(Invoice, revisions.bill_again(invoice.id, cast.staff))
    assert (draft.status, draft.number, draft.total, draft.contact_id) == ("Draft", None, 10_000, invoice.contact_id)
    assert {field: getattr(draft, field) for field in terms} == terms
    assert (draft.made_from_id, draft.owner_id, draft.due_date) == (invoice.id, cast.staff.id, None)
    assert [line.content() for line in draft.lines] == [line.content() for line in invoice.lines]
    assert db.session.query(AuditEntry).filter_by(action="invoice.bill_again").one().after == {"draft": draft.id}


def test_a_second_press_finds_the_draft_and_a_sent_one_stands_for_it(app: Flask, cast: Cast) -> None:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    made = {revisions.bill_again(invoice.id, cast.staff) for _ in range(3)}
    assert len(made) == 1
    pay_links.pay_link(made.pop(), cast.staff)
    with pytest.raises(Refused, match=r"-0002 was made from Invoice .*-0001 already"):
        revisions.bill_again(invoice.id, cast.staff)


@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_sent_invoice, builders.a_paid_invoice])
def test_what_stands_is_not_billed_again(app: Flask, situation: Any) -> None:
    with pytest.raises(Refused, match="Only what is void, given back or lost to a dispute is billed again"):
        revisions.bill_again(situation().id, person("staff"))


def test_choosing_a_contact_counts_as_a_change_and_so_does_issuing(app: Flask, cast: Cast) -> None:
    builders.connected()
    draft = builders.a_draft_invoice(contact=None)
    invoices.choose_contact(draft.id, cast.staff, builders.a_contact().id)
    assert fresh(draft).edits == 2
    pay_links.pay_link(draft.id, cast.staff)
    assert fresh(draft).edits == 3


def test_a_changed_address_of_the_contact_alone_changes_no_version(app: Flask) -> None:
    invoice = builders.a_sent_invoice()
    with transaction():
        assert invoice.contact
        invoice.contact.name = "Somebody else"
    assert (fresh(invoice).contact_snapshot or {})["name"] == "Grace Hopper"
