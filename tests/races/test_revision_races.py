"""Twenty who change one invoice, while others pay it: one next version, one new invoice in its place."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from builders import a_draft_invoice, a_sent_invoice, come_home, crowd, person
from cast import Browser
from flask import Flask
from forms import typed
from werkzeug.test import TestResponse

from models.base import db
from models.checkout import Checkout
from models.invoice import Invoice, InvoiceVersion, new_operation
from models.invoice_line import InvoiceLine
from models.invoice_note import InvoiceNote
from sandbox.world import World
from tasks import invoices, revisions
from tasks.audit import audit
from tasks.checkouts import open_checkout
from tasks.following_up import add_note

pytestmark = pytest.mark.both_databases


def changed(amount: int = 8000) -> dict[str, Any]:
    """What a form says that was changed: other lines."""
    return {"lines": [InvoiceLine(description="Redesign", quantity=Decimal(1), unit_price=amount)]}


def test_of_twenty_who_revise_one_form_one_does(app: Flask) -> None:
    invoice = a_sent_invoice()
    invoice_id, seen = invoice.id, invoice.edits
    answers = crowd(lambda _: revisions.revise_invoice(invoice_id, person("staff"), changed(), seen))
    assert [answer for answer in answers if not isinstance(answer, str)] == [2]
    versions = db.session.query(InvoiceVersion).filter_by(invoice_id=invoice_id).count()
    assert (invoice.version, versions, invoice.held_until, audit()) == (2, 2, None, [])


def test_who_pays_and_who_revises_at_once_end_in_one_true_state(app: Flask, world: World) -> None:
    invoice = a_sent_invoice(partial_payments=True)
    invoice_id = invoice.id

    def one(number: int) -> object:
        if number % 3:
            return open_checkout(invoice_id, new_operation(), version=1 + number % 2)
        return revisions.revise_invoice(invoice_id, person("staff"), changed())

    crowd(one)
    come_home()
    standing = [one for one in db.session.query(Checkout) if one.state == "open"]
    assert {one.invoice_version for one in standing} <= {invoice.version}
    assert len(world.store.select("checkout.session", {"status = ?": "open"})) == len(standing) <= 1
    assert audit() == []


def test_of_twenty_presses_of_one_duplicate_one_makes_a_draft(app: Flask) -> None:
    invoice_id, operation = a_sent_invoice().id, new_operation()
    made = crowd(lambda _: revisions.duplicate_invoice(invoice_id, person("staff"), operation))
    assert (len(set(made)), db.session.query(Invoice).count()) == (1, 2)
    assert audit() == []


def test_of_twenty_presses_of_one_note_one_is_kept(app: Flask) -> None:
    invoice_id = a_sent_invoice().id
    made = crowd(lambda _: add_note(invoice_id, person("staff"), "Called Grace"))
    assert (len(set(made)), db.session.query(InvoiceNote).count()) == (1, 1)


def test_of_twenty_who_bill_again_one_does(app: Flask) -> None:
    invoice_id = a_sent_invoice().id
    invoices.void_invoice(invoice_id, person("staff"))
    made = crowd(lambda _: revisions.bill_again(invoice_id, person("staff")))
    assert (len(set(made)), db.session.query(Invoice).count()) == (1, 2)


@pytest.mark.parametrize("situation", [a_draft_invoice, a_sent_invoice])
def test_of_twenty_who_save_the_same_form_one_does_and_the_others_lose_nothing(
    signed_in: Callable[[str], Browser], situation: Callable[[], Invoice]
) -> None:
    invoice = situation()
    page, seen = f"/admin/invoice/edit/?id={invoice.id}", {"contact_id": invoice.contact_id, "edits": invoice.edits}
    browsers = [signed_in("staff") for _ in range(20)]
    tokens = [browser.csrf_token(page) for browser in browsers]

    def save(number: int) -> TestResponse:
        form = typed({"price": f"{50 + number}.00"}, notes=f"Typed by {number}", csrf_token=tokens[number], **seen)
        return browsers[number].post(page, data=form)

    answers = crowd(save)
    assert sorted(answer.status_code for answer in answers) == [302] + [400] * 19
    winner = next(number for number, answer in enumerate(answers) if answer.status_code == 302)
    assert (invoice.total, invoice.notes, invoice.edits) == (
        5000 + 100 * winner,
        f"Typed by {winner}",
        seen["edits"] + 1,
    )
    assert all(f"Typed by {number}" in answer.text for number, answer in enumerate(answers) if number != winner)
