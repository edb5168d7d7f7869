"""Lists as files: what is in them, for whom, and that a spreadsheet runs nothing of it."""

import csv
import tracemalloc
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from zoneinfo import ZoneInfo

import builders
import pytest
from cast import Browser
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, insert, select

from admin_views import csv_export
from models.activity import AuditEntry
from models.base import db
from models.clock import now
from models.contact import Contact
from models.invoice import new_operation
from models.money import Money
from tasks import transaction
from tasks.audit import audit
from tasks.cells import FORMULA, Column, as_cell, heads, written
from tasks.organization import change_organization

SignIn = Callable[[str], Browser]
BERLIN = ZoneInfo("Europe/Berlin")


def rows(text: str) -> list[dict[str, str]]:
    """As a spreadsheet reads the file."""
    assert text[0] == "\ufeff"
    return list(csv.DictReader(StringIO(text[1:], newline="")))


def exported(browser: Browser, noun: str, query: str = "") -> list[dict[str, str]]:
    answer = browser.get(f"/admin/{noun}/export/csv/?{query}")
    assert answer.status_code == 200
    return rows(answer.text)


# What begins a cell for somebody, and what runs there.
TRICKY = st.lists(st.sampled_from([*FORMULA, ";", '"', " ", "x"])).map("".join)


@given(st.text() | TRICKY | st.builds(str.__add__, st.sampled_from(FORMULA), st.text()))
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    cell = as_cell(text, BERLIN)
    assert not cell.startswith(FORMULA)
    assert cell.replace("'", "") == text.translate({0x27: None, 0x2068: None, 0x2069: None})


def test_what_no_spreadsheet_runs_is_left_as_it_was_typed() -> None:
    for text in ("Müller; Söhne", "a-b", "1 + 1", "grace+bills@example.org", "3; 4", "Main St 1\r\nBerlin", "it's"):
        assert as_cell(text, BERLIN) == text
    assert as_cell("10;=1+1", BERLIN) == "10;'=1+1"
    assert as_cell('Terms:\n- "net"', BERLIN) == 'Terms:\n\'- "net"'


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@given(st.lists(TRICKY, min_size=2, max_size=4))
def test_who_splits_lines_elsewhere_finds_no_formula_either(delimiter: str, texts: list[str]) -> None:
    columns = [Column(str(n), lambda row, n=n: row[n]) for n in range(len(texts))]
    file = StringIO(written([texts, texts], columns, BERLIN), newline="")
    cells = [cell for line in csv.reader(file, delimiter=delimiter) for cell in line]
    assert [cell for cell in cells if cell.strip(' "').startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))] == []


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=2, max_size=5))
def test_a_cell_breaks_out_of_its_place_with_no_text(texts: list[str]) -> None:
    columns = [Column(str(n), lambda row, n=n: row[n]) for n in range(len(texts))]
    file = heads(columns, BERLIN) + written([texts], columns, BERLIN)
    assert list(rows(file)[0].values()) == [as_cell(text, BERLIN) for text in texts]


def test_amounts_are_in_major_units_and_may_be_negative() -> None:
    shown = [as_cell(Money(minor, code), BERLIN) for minor, code in ((6447, "USD"), (6447, "JPY"), (-1500, "KWD"))]
    assert shown == ["64.47", "6447", "-1.500"]


def test_the_invoices_have_amounts_beside_their_currency(signed_in: SignIn) -> None:
    builders.a_partly_paid_invoice("100.00", "40.00")
    builders.a_draft_invoice("7000", currency="JPY", contact=builders.a_contact(name='=HYPERLINK("evil")'))
    draft, paid = exported(signed_in("staff"), "invoice")
    assert (paid["Contact"], paid["Currency"], paid["Total"]) == ("Grace Hopper", "USD", "100.00")
    assert (paid["Collected"], paid["Amount due"], paid["Status"]) == ("40.00", "60.00", "Partially Paid")
    assert (draft["Contact"], draft["Currency"], draft["Total"]) == ('\'=HYPERLINK("evil")', "JPY", "7000")


def test_the_file_has_what_the_search_and_the_filters_show(signed_in: SignIn) -> None:
    builders.a_sent_invoice("10.00", contact=builders.a_contact(name="Ada Lovelace"))
    builders.a_sent_invoice("20.00")
    builders.a_draft_invoice("30.00")
    found = exported(signed_in("staff"), "invoice", "search=Hopper&flt0_status_equals=Sent")
    assert [row["Total"] for row in found] == ["20.00"]


def test_moments_are_told_on_the_organization_s_clock(signed_in: SignIn) -> None:
    change_organization(builders.person("admin"), {"time_zone": "Asia/Tokyo"})
    invoice = builders.a_paid_invoice()
    (found,) = exported(signed_in("staff"), "payment")
    paid_at = builders.the_payment(invoice).paid_at.astimezone(ZoneInfo("Asia/Tokyo"))
    assert found["Received (Asia/Tokyo)"] == f"{paid_at:%Y-%m-%d %H:%M:%S}"


def test_the_ticked_invoices_alone_are_taken_along(signed_in: SignIn) -> None:
    first, _, third = (builders.a_sent_invoice(amount) for amount in ("10.00", "20.00", "30.00"))
    form = {"action": "export", "rowid": [first.id, third.id], "operation": new_operation()}
    answer = signed_in("staff").post_form("/admin/invoice/action/?search=nobody", form)
    assert [row["Total"] for row in rows(answer.text)] == ["30.00", "10.00"]


def test_who_took_what_along_is_in_the_audit_log(signed_in: SignIn) -> None:
    exported(signed_in("staff"), "contact", "search=Grace")
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.export")).one()
    assert (entry.user_id, entry.after) == (builders.person("staff").id, {"search": "Grace"})
    assert audit() == []


@pytest.mark.parametrize("noun", ["invoice", "payment", "people"])
def test_who_may_only_look_is_refused_and_offered_no_button(signed_in: SignIn, noun: str) -> None:
    builders.a_paid_invoice()
    viewer = signed_in("viewer")
    assert viewer.get(f"/admin/{noun}/export/csv/").status_code == 403
    assert f"/admin/{noun}/export/csv/" not in viewer.get(f"/admin/{noun}/").text
    assert f"/admin/{noun}/export/csv/" in signed_in("staff").get(f"/admin/{noun}/").text


def test_other_kinds_of_files_there_are_none(signed_in: SignIn) -> None:
    assert signed_in("staff").get("/admin/invoice/export/xlsx/").status_code == 404


def test_the_lines_of_payment_analytics_add_up_to_its_figures(signed_in: SignIn) -> None:
    builders.a_refund(builders.a_paid_invoice("100.00"), "30.00")
    builders.come_home()
    builders.a_paid_invoice("7000", currency="JPY")
    found = exported(signed_in("staff"), "analytics", "period=this-year&by=month")
    assert {row["Currency"] for row in found} == {"USD"}
    assert sum(Decimal(row["Collected"]) for row in found) == 100
    assert sum(Decimal(row["Refunded"]) for row in found) == 30
    assert signed_in("viewer").get("/admin/analytics/export/csv/").status_code == 403


def many_contacts(number: int) -> None:
    with transaction() as session:
        fields = {"company": "", "phone": "", "address": "x" * 500, "tax_number": "", "created_at": now(), "folded": ""}
        session.execute(
            insert(Contact), [fields | {"name": f"No {n}", "email": f"{n}@example.com"} for n in range(number)]
        )


def test_many_rows_never_lie_in_memory_together(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_export, "AT_ONCE", 10_000)
    many_contacts(10_000)
    browser = signed_in("staff")
    tracemalloc.start()
    answer = browser.get("/admin/contact/export/csv/", buffered=False)
    lines = sum(portion.count(b"\r\n") for portion in answer.iter_encoded())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert lines == 10_001
    assert peak < 6_000_000


@pytest.mark.both_databases
def test_each_portion_takes_as_many_queries_as_the_others(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_export, "PORTION", 2)
    seen: list[str] = []
    browser = signed_in("staff")

    def queries() -> int:
        seen.clear()
        exported(browser, "invoice")
        return len(seen)

    for _ in range(2):
        builders.a_sent_invoice(contact=builders.a_contact())
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append(about[2]))
    queries()
    one = queries()
    counts = [one]
    for _ in range(2):
        for _ in range(2):
            builders.a_sent_invoice(contact=builders.a_contact())
        counts.append(queries())
    assert counts[2] - counts[1] == counts[1] - counts[0]
