"""Credit notes in the panel: the list, and the document as the customer has it."""

from collections.abc import Callable

import builders
from cast import Browser

from models.base import db
from models.credit_note import CreditNote

SignIn = Callable[[str], Browser]


def a_credit_note(card: str = builders.GOOD_CARD) -> CreditNote:
    builders.a_refund(builders.a_paid_invoice(card=card), "30.00")
    builders.come_home()
    return db.session.query(CreditNote).one()


def test_the_document_says_what_was_given_back_to_whom(signed_in: SignIn) -> None:
    note = a_credit_note()
    shown = signed_in("viewer").get(f"/admin/credit_note/details/?id={note.id}").text
    document = shown[shown.index("<article") : shown.index("</article>")]
    for words in (note.number, f"for invoice {note.invoice.number}", "Grace Hopper", "My organization", "$30.00"):
        assert words in document
    assert "data-print" in shown


def test_it_is_found_by_its_number_and_from_its_refund_and_its_invoice(signed_in: SignIn) -> None:
    note, viewer = a_credit_note(), signed_in("viewer")
    link = f"/admin/credit_note/details/?id={note.id}"
    assert link in viewer.get(f"/admin/credit_note/?search={note.number}").text
    assert link in viewer.get(f"/admin/refund/details/?id={note.refund_id}").text
    assert link in viewer.get(f"/admin/invoice/details/?id={note.invoice_id}").text


def test_a_canceled_one_says_so(signed_in: SignIn) -> None:
    note = a_credit_note(card="4000000000005126")
    builders.the_world().clock.advance(60)
    builders.come_home()
    viewer = signed_in("viewer")
    assert "This credit note is canceled" in viewer.get(f"/admin/credit_note/details/?id={note.id}").text
    assert note.number in viewer.get("/admin/credit_note/?flt0_state_is=canceled").text
    assert note.number not in viewer.get("/admin/credit_note/?flt0_state_is=issued").text
