"""Staff take along what customers can: invoices by version, receipts, credit notes."""

from collections.abc import Callable
from decimal import Decimal

import builders
import pytest
from cast import Browser
from flask import Flask
from werkzeug.http import parse_options_header
from workers import work_off

from models.base import db
from models.credit_note import CreditNote
from models.invoice_line import InvoiceLine
from models.mail import Mail
from models.organization import the_organization
from tasks import documents, revisions, transaction
from tasks.pay_links import pay_link


@pytest.fixture
def viewer(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("viewer")


def test_each_version_of_an_invoice_is_a_file(viewer: Browser) -> None:
    invoice = builders.a_sent_invoice()
    line = InvoiceLine(position=0, description="Less", quantity=Decimal(1), unit_price=8000)
    revisions.revise_invoice(invoice.id, builders.person("staff"), {"lines": [line]})
    builders.come_home()
    for ask, name in (("", "-v2"), ("&version=2", "-v2"), ("&version=1", "")):
        answer = viewer.get(f"/admin/invoice/pdf/?id={invoice.id}{ask}")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert f"Invoice-{invoice.number}{name}.pdf" in answer.headers["Content-Disposition"]
    assert f"/admin/invoice/pdf/?id={invoice.id}" in viewer.get(f"/admin/invoice/details/?id={invoice.id}").text
    assert viewer.get(f"/admin/invoice/pdf/?id={invoice.id}&version=3").status_code == 404


def test_a_file_has_a_name_in_its_reader_s_letters(viewer: Browser) -> None:
    invoice = builders.a_sent_invoice(contact=builders.a_contact(language="ar"))
    named = viewer.get(f"/admin/invoice/pdf/?id={invoice.id}").headers["Content-Disposition"]
    assert parse_options_header(named)[1]["filename"] == f"الفاتورة-{invoice.number}.pdf"


def test_a_draft_has_no_file(viewer: Browser) -> None:
    draft = builders.a_draft_invoice()
    assert viewer.get(f"/admin/invoice/pdf/?id={draft.id}").status_code == 404
    assert "/admin/invoice/pdf/" not in viewer.get(f"/admin/invoice/details/?id={draft.id}").text


def test_a_page_waits_for_a_file_that_is_being_made(viewer: Browser) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice()
    pay_link(invoice.id, builders.person("staff"))
    answer = viewer.get(f"/admin/invoice/pdf/?id={invoice.id}")
    assert (answer.status_code, answer.headers["Refresh"]) == (202, "1")
    work_off()
    assert viewer.get(f"/admin/invoice/pdf/?id={invoice.id}").mimetype == "application/pdf"


def test_receipts_and_credit_notes_are_files(app: Flask, viewer: Browser) -> None:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "10.00")
    builders.come_home()
    payment, note = builders.the_payment(invoice).id, db.session.query(CreditNote).one().id
    db.session.rollback()
    for path, page in (
        (f"/admin/payment/receipt/?id={payment}", f"/admin/payment/details/?id={payment}"),
        (f"/admin/credit_note/pdf/?id={note}", f"/admin/credit_note/details/?id={note}"),
    ):
        assert viewer.get(path).mimetype == "application/pdf"
        assert path in viewer.get(page).text


def test_a_message_leads_to_the_file_that_it_brought(viewer: Browser) -> None:
    invoice = builders.a_sent_invoice()
    line = InvoiceLine(position=0, description="Less", quantity=Decimal(1), unit_price=8000)
    revisions.revise_invoice(invoice.id, builders.person("staff"), {"lines": [line]})
    builders.come_home()
    mail = db.session.query(Mail).filter_by(invoice_id=invoice.id).one()
    path = f"/admin/message/pdf/?id={mail.id}"
    assert f'href="{path}"' in viewer.get(f"/admin/message/details/?id={mail.id}").text
    assert f"=Invoice-{invoice.number}.pdf" in viewer.get(path).headers["Content-Disposition"]


def test_a_message_that_brought_nothing_leads_to_no_file(viewer: Browser) -> None:
    with transaction() as session:
        the_organization(session).documents = "link"
    builders.a_sent_invoice()
    mail = db.session.query(Mail).one()
    assert "/admin/message/pdf/" not in viewer.get(f"/admin/message/details/?id={mail.id}").text
    assert viewer.get(f"/admin/message/pdf/?id={mail.id}").status_code == 404


def test_who_sends_sees_whether_the_document_goes_along(signed_in: Callable[[str], Browser]) -> None:
    builders.connected()
    page, staff = f"/admin/invoice/send/?id={builders.a_draft_invoice().id}", signed_in("staff")
    assert "Attached as a PDF" in staff.get(page).text
    with transaction() as session:
        the_organization(session).documents = "link"
    assert "Linked in the message" in staff.get(page).text


def test_what_was_given_up_waits_in_needs_attention_until_it_is_tried_again(
    signed_in: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = signed_in("staff")
    with monkeypatch.context() as broken:
        broken.setattr(documents, "typeset", lambda *_: 1 / 0)
        invoice = builders.a_sent_invoice()
    page, name = staff.get("/admin/attention/").text, f"Invoice-{invoice.number}.pdf"
    assert name in page
    assert "division by zero" in page
    assert "could not be made" in staff.get(f"/admin/invoice/pdf/?id={invoice.id}").text
    staff.post_form("/admin/attention/retry-document/", {"id": "1"}, "/admin/attention/")
    work_off()
    assert name not in staff.get("/admin/attention/").text
    assert staff.get(f"/admin/invoice/pdf/?id={invoice.id}").mimetype == "application/pdf"


def test_who_may_send_tries_a_document_again_where_it_should_be(
    signed_in: Callable[[str], Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    viewer, staff = signed_in("viewer"), signed_in("staff")
    with monkeypatch.context() as broken:
        broken.setattr(documents, "typeset", lambda *_: 1 / 0)
        page = f"/admin/invoice/pdf/?id={builders.a_sent_invoice().id}"
    shown, door = staff.get(page), "/admin/attention/retry-document/"
    assert ("Refresh" in shown.headers, f'action="{door}"' in shown.text) == (False, True)
    assert door not in viewer.get(page).text
    answer = staff.post_form(door, {"id": "1"}, page, headers={"Referer": f"http://localhost{page}"})
    assert answer.location == page
    assert staff.get(page).headers["Refresh"] == "1"
