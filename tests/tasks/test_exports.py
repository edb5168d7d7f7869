"""Long lists as files: written by whoever is at work, once, for who may have them, and not kept for ever."""

import tracemalloc
from typing import Any

import pytest
from builders import (
    PASSWORD,
    a_contact,
    a_disputed_invoice,
    a_paid_invoice,
    a_refund,
    a_sent_invoice,
    an_unmatched_payment,
    come_home,
    connected,
    in_a_while,
    person,
)
from flask import Flask
from sqlalchemy import event, func, insert, select

from models import export as noun
from models.activity import AuditEntry
from models.base import db
from models.clock import now
from models.contact import Contact
from models.export import Export, ExportPart, StillWritten, export_under_way
from models.invoice import new_operation
from models.language import speaking
from models.money import Money
from models.opportunity import Opportunity
from models.organization import the_organization
from models.parked import WORK
from models.people import User
from models.refusal import Conflict, NotAllowed, NotFound, Refused
from sandbox.accounts import EUROPE
from tasks import exports, people, transaction
from tasks.accounts import record_revoked
from tasks.audit import audit
from tasks.cells import heads, written
from tasks.exports import begin_export, delete_export, drop_old_exports, fetch_export, retry_export, write_export
from tasks.payouts import record_payout
from tasks.reconcile import reconcile
from tasks.sheets import SHEETS
from tasks.stripe_gateway.payouts import PayoutRecord
from tasks.sweep import sweep

pytestmark = pytest.mark.both_databases


class Death(BaseException):
    """Nothing in the product may catch it, as nothing catches `kill -9`."""


@pytest.fixture
def ids(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Five contacts, the newest first, of which a worker writes two in one step."""
    monkeypatch.setattr(noun, "PORTION", 2)
    return many_contacts(5)


def many_contacts(number: int) -> list[int]:
    fields = {"company": "", "phone": "", "address": "x" * 500, "tax_number": "", "created_at": now(), "folded": ""}
    with transaction() as session:
        rows = [fields | {"name": f"No {n}", "email": f"{n}@example.com"} for n in range(number)]
        session.execute(insert(Contact), rows)
        return list(session.scalars(select(Contact.id).order_by(Contact.id.desc())))


def ask(ids: list[int], by: User | None = None, operation: str = "", of: str = "contact") -> int:
    return begin_export(of, ids, {"search": "No"}, by or person("staff"), operation or new_operation())


def the_export(export_id: int) -> Export:
    db.session.rollback()
    return db.session.get_one(Export, export_id, populate_existing=True)


def file_of(export_id: int) -> str:
    parts = select(ExportPart.text).where(ExportPart.export_id == export_id).order_by(ExportPart.place)
    return "".join(text or "" for text in db.session.scalars(parts))


def whole(ids: list[int], of: str = "contact") -> str:
    """What is sent at once of these rows."""
    sheet, zone = SHEETS[of], the_organization(db.session).zone
    return heads(sheet.columns, zone) + written(sheet.rows(db.session, ids), sheet.columns, zone)


def test_the_file_is_what_a_short_list_would_be_sent_as(ids: list[int]) -> None:
    export_id = ask(ids)
    assert (the_export(export_id).state, the_export(export_id).headline) == ("Under way", "0 of 5 rows")
    write_export(export_id)
    export = the_export(export_id)
    assert (export.state, export.headline, export.parts) == ("Ready", "5 of 5 rows", 3)
    assert (file_of(export_id), export.size) == (whole(ids), len(whole(ids).encode()))
    assert audit() == []


def test_two_presses_are_one_export_and_another_list_is_refused(ids: list[int]) -> None:
    operation = new_operation()
    assert ask(ids, operation=operation) == ask(ids[1:], operation=operation)
    for about in ({"of": "invoice"}, {"by": person("finance")}):
        with pytest.raises(Conflict, match="Something else was exported"):
            ask(ids, operation=operation, **about)  # type: ignore[arg-type]
    assert db.session.scalar(select(func.count()).select_from(ExportPart)) == 3


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_worker_that_is_killed_leaves_the_rest_to_another(
    ids: list[int], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    export_id, record, calls = ask(ids), exports._record, iter(range(1, 9))

    def dying(*about: Any) -> None:
        if next(calls) == after:
            raise Death
        record(*about)

    monkeypatch.setattr(exports, "_record", dying)
    with pytest.raises(Death):
        write_export(export_id)
    assert the_export(export_id).ready == 2 * (after - 1)
    monkeypatch.setattr(exports, "_record", record)
    with in_a_while(seconds=41):
        write_export(export_id)
    assert (the_export(export_id).state, file_of(export_id)) == ("Ready", whole(ids))


def test_who_was_slow_and_comes_back_finds_the_work_taken_over(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    export_id, text = ask(ids), exports._text

    def slow(*about: Any) -> str:
        monkeypatch.setattr(exports, "_text", text)
        with in_a_while(seconds=41):
            write_export(export_id)
        return "late"

    monkeypatch.setattr(exports, "_text", slow)
    write_export(export_id)
    assert (the_export(export_id).ready, file_of(export_id)) == (5, whole(ids))


def test_it_gives_way_after_its_turn_and_is_found_by_who_left_it(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "TURN", -1.0)
    export_id, staff = ask(ids), person("staff")
    seen = []
    for _ in range(4):
        write_export(export_id)
        found = export_under_way(db.session, staff.id)
        seen.append(found.ready if found else None)
        db.session.rollback()
    assert (seen, the_export(export_id).state) == ([2, 4, 5, None], "Ready")


def test_who_may_not_export_any_more_gets_nothing_written_and_nothing_sent(ids: list[int]) -> None:
    ready = ask(ids)
    write_export(ready)
    waiting = ask(ids)
    people.change_role(person("staff").id, "viewer", person("admin"))
    write_export(waiting)
    assert (the_export(waiting).state, the_export(waiting).ready) == ("Stopped", 0)
    why = "Staff Person, who asked for it, may no longer export this list: nothing more of it is written."
    assert the_export(waiting).last_error == why
    with pytest.raises(Refused, match=why):
        retry_export(waiting, person("admin"))
    (parked,) = WORK["export"].newest(db.session, 9).rows
    assert parked.why_no_retry == why
    for verb in (fetch_export, retry_export, delete_export):
        with pytest.raises(NotAllowed):
            verb(ready, person("staff"))
    people.change_role(person("staff").id, "staff", person("admin"))
    retry_export(waiting, person("staff"))
    write_export(waiting)
    assert (the_export(waiting).state, audit()) == ("Ready", [])


def test_who_may_not_see_the_list_any_more_gets_no_file_of_it(ids: list[int]) -> None:
    with pytest.raises(NotAllowed):
        ask(ids, of="event")
    export_id = ask(ids, person("finance"), of="event")
    write_export(export_id)
    people.change_role(person("finance").id, "staff", person("admin"))
    with pytest.raises(NotAllowed, match="webhooks"):
        fetch_export(export_id, person("finance"))


def test_each_person_has_their_own_and_an_admin_everybody_s(ids: list[int]) -> None:
    export_id = ask(ids)
    write_export(export_id)
    with pytest.raises(NotFound):
        fetch_export(export_id, person("finance"))
    assert fetch_export(export_id, person("admin")).file_name.startswith("contact-")


def test_what_is_not_finished_is_not_sent_and_what_has_not_stopped_not_retried(ids: list[int]) -> None:
    export_id = ask(ids)
    with pytest.raises(Refused, match="not written yet"):
        fetch_export(export_id, person("staff"))
    with pytest.raises(Refused, match="has not stopped"):
        retry_export(export_id, person("staff"))


def test_after_seven_days_it_is_forgotten_with_its_parts(ids: list[int]) -> None:
    old = ask(ids)
    write_export(old)
    unfinished = ask(ids)
    with in_a_while(days=6):
        drop_old_exports()
        young = ask(ids, of="people")
    assert the_export(old).state == "Ready"
    with in_a_while(days=7.1):
        drop_old_exports()
        write_export(unfinished)
    db.session.rollback()
    assert list(db.session.scalars(select(Export.id))) == [young]
    assert set(db.session.scalars(select(ExportPart.export_id))) == {young}
    assert audit() == []


def test_what_is_deleted_while_it_is_written_stays_deleted(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    export_id, record = ask(ids), exports._record

    def interfered(*about: Any) -> None:
        delete_export(export_id, person("staff"))
        record(*about)

    monkeypatch.setattr(exports, "_record", interfered)
    write_export(export_id)
    write_export(export_id)
    assert (set(db.session.scalars(select(ExportPart.text))), audit()) == ({None}, [])
    drop_old_exports()
    assert (db.session.query(Export).count(), db.session.query(ExportPart).count(), audit()) == (0, 0, [])


def test_a_row_that_is_deleted_meanwhile_is_left_out(ids: list[int]) -> None:
    export_id = ask(ids)
    with transaction() as session:
        session.delete(session.get_one(Contact, ids[1]))
    write_export(export_id)
    assert (the_export(export_id).headline, file_of(export_id)) == ("4 of 5 rows", whole([ids[0], *ids[2:]]))
    done = select(AuditEntry.after).where(AuditEntry.action == "export.done")
    assert (db.session.scalars(done).one(), the_export(export_id).missing) == ({"rows": 4}, 1)


def test_an_export_of_no_rows_has_the_heads(ids: list[int]) -> None:
    export_id = ask([])
    write_export(export_id)
    assert (the_export(export_id).state, file_of(export_id)) == ("Ready", whole([]))


def test_a_person_has_one_file_of_a_list_written_at_a_time(ids: list[int]) -> None:
    export_id = ask(ids)
    with pytest.raises(StillWritten, match=r"already: 0 of 5 rows\. Wait") as refused:
        ask(ids)
    assert refused.value.export_id == export_id
    ask(ids, by=person("finance"))
    ask(ids, of="people")
    delete_export(export_id, person("staff"))
    write_export(ask(ids))
    assert the_export(ask(ids)).state == "Under way"


def test_what_was_deleted_is_seen_by_nobody_and_goes_bit_by_bit(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "BATCH", 2)
    operation, woken = new_operation(), list[Any]()
    export_id = ask(ids, operation=operation)
    monkeypatch.setattr(exports, "later", lambda verb, *ids: woken.append(verb))
    delete_export(export_id, person("staff"))
    assert (woken, export_under_way(db.session, person("staff").id), audit()) == ([drop_old_exports], None, [])
    for verb in (fetch_export, retry_export, delete_export):
        with pytest.raises(NotFound):
            verb(export_id, person("staff"))
    with pytest.raises(Conflict, match="was deleted"):
        ask(ids, operation=operation)
    left = []
    while exports._drop_some():
        left.append(db.session.query(ExportPart).count())
    assert left == [1, 0, 0]


def test_it_is_written_on_the_clock_and_in_the_language_of_who_asked(
    ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with speaking("de"):
        export_id = ask(ids)
    with transaction() as session:
        the_organization(session).time_zone = "Asia/Tokyo"
    read, text = [], exports._text
    monkeypatch.setattr(exports, "_text", lambda *about: read.append(exports.reader_locale()) or text(*about))
    write_export(export_id)
    assert set(read) == {"de"}
    assert "Added (UTC)" in file_of(export_id)


def test_the_sweep_wakes_one_that_was_not_woken(ids: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("tasks.sweep.later", lambda verb, *ids: woken.append((verb, ids)))
    monkeypatch.setattr("tasks.sweep.is_queue_long", lambda *_: False)
    export_id = ask(ids)
    sweep()
    assert (write_export, (export_id,)) in woken


def test_ten_thousand_rows_never_lie_in_a_worker_s_memory_together(app: Flask) -> None:
    export_id = ask(many_contacts(10_000))
    tracemalloc.start()
    write_export(export_id)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (the_export(export_id).state, file_of(export_id).count("\r\n")) == ("Ready", 10_001)
    assert peak < 12_000_000


def test_what_messages_say_is_not_read_for_their_list(app: Flask) -> None:
    a_sent_invoice()
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append(about[2]))
    assert "Invoice" in whole([1], "message")
    assert [text for text in seen if "mail.html" in text or "mail.data" in text or "mail.text" in text] == []


def one_of_each_sheet(amount: str) -> None:
    """One more row of every list."""
    a_refund(a_paid_invoice(contact=a_contact()), amount)
    a_disputed_invoice(contact=a_contact())
    an_unmatched_payment(amount)
    come_home()
    with transaction() as session:
        session.add(Opportunity(name="Website", contact=Contact(name="Ada", email="ada@example.com")))
    payout = PayoutRecord(f"po_{amount}", Money(100, "USD"), "in_transit", None, None, now())
    record_payout(EUROPE, payout, now())
    people.add_user(f"{amount}@example.com", "staff", PASSWORD)
    reconcile()


def test_more_rows_of_a_list_take_no_more_queries(app: Flask) -> None:
    seen: list[str] = []
    connected(EUROPE)
    record_revoked(EUROPE)  # of which each report says that it was not compared
    for amount in ("10.00", "20.00"):
        one_of_each_sheet(amount)
    event.listen(db.engine, "before_cursor_execute", lambda *about: seen.append(about[2]))

    def queries(sheet: Any, some: list[int]) -> int:
        db.session.rollback()
        db.session.expunge_all()
        seen.clear()
        written(sheet.rows(db.session, some), sheet.columns, the_organization(db.session).zone)
        return len(seen)

    for sheet in SHEETS.values():
        every = list(db.session.scalars(select(sheet.table.id)))
        assert len(every) > 1, sheet.name
        assert queries(sheet, every) == queries(sheet, every[:1]), sheet.name
