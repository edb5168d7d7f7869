"""One act on many invoices: told apart, done once whoever dies, and never beyond what the person may do."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import builders
import pytest
from builders import a_draft_invoice, a_sent_invoice, connected, crowd, in_a_while, person, timeline
from flask import Flask
from forms import again
from sqlalchemy import func, select

from models.base import db
from models.bulk_outcome import outcomes
from models.bulk_run import BulkRun, BulkRunItem, run_under_way
from models.clock import now
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.mail import Mail
from models.refusal import Conflict, NotAllowed, OutsideError, Refused
from sandbox.world import World
from tasks import bulk_runs, invoices, people, transaction
from tasks.audit import audit
from tasks.bulk_runs import begin_bulk, go_on, retry_refused, work_bulk
from tasks.checkouts import open_checkout
from tasks.revisions import revise_invoice
from tasks.sweep import sweep

pytestmark = pytest.mark.both_databases
EXPIRE = "POST /v1/checkout/sessions/*/expire"


class Death(BaseException):
    """Nothing in the product may catch it, as nothing catches `kill -9`."""


def ask(kind: str, *rows: Invoice, role: str = "staff", operation: str = "") -> int:
    return begin_bulk(kind, [row.id for row in rows], person(role), operation or new_operation())


def the_run(run_id: int) -> BulkRun:
    db.session.rollback()
    return db.session.get_one(BulkRun, run_id, populate_existing=True)


def ended(run_id: int, state: str) -> dict[str, list[int | None]]:
    """The invoices of each sentence."""
    return {found.words: [item.invoice_id for item in found.first] for found in outcomes(db.session, run_id, state)}


def mails() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Mail)) or 0


@pytest.fixture
def drafts(app: Flask) -> list[Invoice]:
    connected()
    return [a_draft_invoice() for _ in range(3)]


def test_three_good_and_two_bad_are_told_apart(drafts: list[Invoice]) -> None:
    nobody, void = a_draft_invoice(contact=None), a_sent_invoice()
    invoices.void_invoice(void.id, person("staff"))
    run_id = ask("send", *drafts, nobody, void)
    work_bulk(run_id)
    run = the_run(run_id)
    assert (run.state, run.done, run.refused, run.total) == ("Partly refused", 3, 2, 5)
    assert ended(run_id, "done") == {"": [draft.id for draft in drafts]}
    assert ended(run_id, "refused") == {
        "Add a contact with an email address before sending this invoice.": [nobody.id],
        "This invoice is void and cannot be sent.": [void.id],
    }
    assert [again(draft).status for draft in drafts] == ["Issued"] * 3


def test_two_presses_are_one_run(drafts: list[Invoice]) -> None:
    operation = new_operation()
    assert ask("send", *drafts, operation=operation) == ask("send", *drafts, operation=operation)
    assert db.session.query(BulkRunItem).count() == 3


def test_a_crowd_with_one_press_is_one_run(drafts: list[Invoice]) -> None:
    operation, ids = new_operation(), [draft.id for draft in drafts]
    person("staff")
    found = crowd(lambda _: begin_bulk("send", ids, person("staff"), operation), 8)
    assert len(set(found)) == 1
    work_bulk(found[0])
    assert mails() == 3


def dying(after: int, verb: Callable[..., Any]) -> Callable[..., Any]:
    """The verb, which kills the worker as soon as it has been done so often."""
    calls = iter(range(1, 100))

    def done(*args: Any) -> Any:
        verb(*args)
        if next(calls) == after:
            raise Death

    return done


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_worker_that_is_killed_has_sent_nothing_twice(
    drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    run_id = ask("send", *drafts)
    monkeypatch.setitem(bulk_runs.VERBS, "send", dying(after, invoices.send_invoice))
    with pytest.raises(Death):
        work_bulk(run_id)
    assert (the_run(run_id).ready, mails()) == (after - 1, after)
    work_bulk(run_id)
    assert the_run(run_id).ready == after - 1
    with in_a_while(seconds=41):
        work_bulk(run_id)
    assert (the_run(run_id).state, the_run(run_id).done, mails()) == ("Done", 3, 3)
    assert audit() == []


def test_who_was_killed_and_comes_back_finds_the_work_taken_over(
    drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ask("send", *drafts)

    def slow(*about: Any) -> None:
        monkeypatch.setitem(bulk_runs.VERBS, "send", invoices.send_invoice)
        with in_a_while(seconds=41):
            work_bulk(run_id)

    monkeypatch.setitem(bulk_runs.VERBS, "send", slow)
    work_bulk(run_id)
    assert (the_run(run_id).done, the_run(run_id).state, mails()) == (3, "Done", 3)


def test_a_long_run_gives_way_after_its_turn(drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_runs, "TURN", -1.0)
    run_id = ask("send", *drafts)
    seen = []
    for _ in range(4):
        work_bulk(run_id)
        seen.append((the_run(run_id).headline, the_run(run_id).state))
    assert seen[0] == ("Sending 1 of 3", "Under way")
    assert seen[3] == ("Queued for delivery: 3 of 3", "Done")


def test_who_loses_the_permission_meanwhile_sends_no_more(
    drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_runs, "TURN", -1.0)
    run_id = ask("send", *drafts)
    work_bulk(run_id)
    people.change_role(person("staff").id, "viewer", person("admin"))
    monkeypatch.setattr(bulk_runs, "TURN", 15.0)
    work_bulk(run_id)
    assert (mails(), the_run(run_id).done, the_run(run_id).refused) == (1, 1, 2)
    assert "needs the permission" in next(iter(ended(run_id, "refused")))


def test_a_viewer_asks_for_nothing_and_retries_nothing(drafts: list[Invoice]) -> None:
    run_id = ask("send", a_draft_invoice(contact=None))
    work_bulk(run_id)
    for kind in ("send", "remind", "void"):
        with pytest.raises(NotAllowed):
            ask(kind, *drafts, role="viewer")
    with pytest.raises(NotAllowed):
        retry_refused(run_id, person("viewer"))
    assert (db.session.query(BulkRun).count(), mails()) == (1, 0)


def test_what_was_refused_is_tried_again_by_who_presses(drafts: list[Invoice]) -> None:
    lonely = a_draft_invoice(contact=None)
    first = ask("send", *drafts, lonely)
    work_bulk(first)
    contact = builders.a_contact()
    invoices.choose_contact(lonely.id, person("staff"), contact.id)
    second = retry_refused(first, person("finance"))
    work_bulk(second)
    assert (the_run(second).total, the_run(second).done, the_run(second).asked_by) == (1, 1, person("finance"))
    assert mails() == 4


def test_what_was_refused_is_tried_again_once_however_late_it_is_pressed(drafts: list[Invoice]) -> None:
    lonely = a_draft_invoice(contact=None)
    first = ask("send", *drafts, lonely)
    work_bulk(first)
    invoices.choose_contact(lonely.id, person("staff"), builders.a_contact().id)
    second = retry_refused(first, person("finance"))
    work_bulk(second)
    with in_a_while(days=7):
        assert retry_refused(first, person("staff")) == second
        work_bulk(second)
    assert (the_run(first).retried(db.session), mails()) == (the_run(second), 4)


def test_two_people_who_retry_at_once_have_one_run(drafts: list[Invoice]) -> None:
    first = ask("send", a_draft_invoice(contact=None), a_draft_invoice(contact=None))
    work_bulk(first)
    people_of = [person("staff"), person("finance")]
    assert len(set(crowd(lambda number: retry_refused(first, people_of[number % 2]), 4))) == 1


def test_what_is_under_way_is_not_retried(drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_runs, "TURN", -1.0)
    run_id = ask("send", a_draft_invoice(contact=None), *drafts)
    work_bulk(run_id)
    with pytest.raises(Refused, match="still under way"):
        retry_refused(run_id, person("staff"))


def test_a_press_that_asks_for_something_else_is_refused_and_not_dropped(drafts: list[Invoice]) -> None:
    operation = new_operation()
    first = ask("send", *drafts, operation=operation)
    for kind, rows in (("remind", drafts), ("send", drafts[:2]), ("send", [*drafts, a_draft_invoice()])):
        with pytest.raises(Conflict, match="Something else was asked for"):
            ask(kind, *rows, operation=operation)
    ids = [draft.id for draft in drafts]
    invoices.delete_draft(ids[0], person("staff"))
    assert begin_bulk("send", ids, person("staff"), operation) == first
    assert db.session.query(BulkRun).count() == 1


def test_what_two_have_asked_for_is_sent_once(drafts: list[Invoice]) -> None:
    first, second = ask("send", *drafts), ask("send", drafts[1], drafts[2])
    work_bulk(second)
    work_bulk(first)
    assert ended(first, "refused") == {"It was sent meanwhile.": [drafts[1].id, drafts[2].id]}
    assert (the_run(first).done, the_run(second).done, mails()) == (1, 2, 3)


def test_what_was_sent_before_is_sent_again_to_who_asks_for_it(drafts: list[Invoice]) -> None:
    for _ in range(2):
        work_bulk(ask("send", drafts[0]))
    assert mails() == 2


def test_what_was_sent_by_hand_meanwhile_is_sent_by_no_retry_either(drafts: list[Invoice]) -> None:
    lonely = a_draft_invoice(contact=None)
    run_id = ask("send", drafts[0], lonely)
    invoices.send_invoice(drafts[0].id, person("finance"), new_operation())
    work_bulk(run_id)
    invoices.choose_contact(lonely.id, person("staff"), builders.a_contact().id)
    invoices.send_invoice(lonely.id, person("finance"), new_operation())
    again_id = retry_refused(run_id, person("staff"))
    work_bulk(again_id)
    assert ended(again_id, "refused") == {"It was sent meanwhile.": [drafts[0].id, lonely.id]}
    assert mails() == 2


def test_what_was_marked_as_sent_after_the_list_was_shown_is_sent_by_no_run_and_no_retry(app: Flask) -> None:
    row, shown_at = a_sent_invoice(), now()
    line = InvoiceLine(position=0, description="Less", quantity=Decimal(1), unit_price=8000)
    revise_invoice(row.id, person("staff"), {"lines": [line]})
    invoices.mark_as_sent(row.id, person("finance"))
    run_id = begin_bulk("send", [row.id], person("staff"), new_operation(), shown_at)
    work_bulk(run_id)
    again_id = retry_refused(run_id, person("staff"))
    work_bulk(again_id)
    refused = {"It was sent meanwhile.": [row.id]}
    assert (ended(run_id, "refused"), ended(again_id, "refused"), mails()) == (refused, refused, 1)


@pytest.mark.parametrize("gone", ["parked_at", "superseded_at"])
def test_a_mail_that_failed_or_says_too_little_by_now_was_not_sent_meanwhile(drafts: list[Invoice], gone: str) -> None:
    run_id = ask("send", drafts[0])
    mail_id = invoices.send_invoice(drafts[0].id, person("finance"), new_operation())
    with transaction() as session:
        setattr(session.get_one(Mail, mail_id), gone, now())
    work_bulk(run_id)
    assert (the_run(run_id).done, mails()) == (1, 2)


def test_reminding_and_voiding_many(app: Flask) -> None:
    with in_a_while(days=-2):
        late, fresh = a_sent_invoice(), a_sent_invoice()
    reminded = ask("remind", late, fresh)
    work_bulk(reminded)
    assert the_run(reminded).headline == "Reminders queued: 2 of 2"
    voided = ask("void", late, a_draft_invoice())
    work_bulk(voided)
    assert (again(late).status, timeline(late)[-1]) == ("Void", "voided")
    assert list(ended(voided, "refused")) == ["This is a draft: delete it instead."]


def test_while_stripe_is_silent_a_run_waits_and_then_goes_on_by_itself(app: Flask, world: World) -> None:
    rows = [a_sent_invoice() for _ in range(3)]
    open_checkout(rows[1].id, new_operation())
    run_id = ask("void", *rows)
    world.faults.add(EXPIRE, "503")
    work_bulk(run_id)
    run = the_run(run_id)
    assert (run.state, run.done, run.refused, bool(run.last_error)) == ("Under way", 1, 0, True)
    work_bulk(run_id)
    assert the_run(run_id).done == 1
    with in_a_while(seconds=16):
        work_bulk(run_id)
    assert (the_run(run_id).state, the_run(run_id).last_error) == ("Done", None)
    assert [again(row).status for row in rows] == ["Void"] * 3


def test_what_stripe_says_no_to_for_good_is_refused(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [a_sent_invoice() for _ in range(2)]

    def void(*about: Any) -> None:
        raise OutsideError("Stripe says no.", permanent=True)

    monkeypatch.setitem(bulk_runs.VERBS, "void", void)
    run_id = ask("void", *rows)
    work_bulk(run_id)
    assert (the_run(run_id).state, list(ended(run_id, "refused"))) == ("Refused", ["Stripe says no."])


def test_what_is_in_other_hands_is_tried_again_when_it_is_free_and_all_others_are_done(app: Flask) -> None:
    rows = [a_sent_invoice() for _ in range(3)]
    builders.hold(rows[0])
    run_id = ask("void", *rows)
    for _ in range(2):
        work_bulk(run_id)
        assert (the_run(run_id).state, the_run(run_id).done, the_run(run_id).waiting) == ("Under way", 2, 1)
    with in_a_while(seconds=46):
        work_bulk(run_id)
    assert (the_run(run_id).state, again(rows[0]).status, audit()) == ("Done", "Void", [])


def test_what_others_have_changed_the_second_time_too_is_refused(
    drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ask("send", *drafts)
    monkeypatch.setitem(bulk_runs.VERBS, "send", broken_for(drafts[0], Conflict("Look again.")))
    work_bulk(run_id)
    assert (the_run(run_id).done, ended(run_id, "refused")) == (2, {"Look again.": [drafts[0].id]})
    assert (the_run(run_id).state, audit()) == ("Partly refused", [])


def test_a_draft_that_is_deleted_meanwhile_is_left_out(drafts: list[Invoice]) -> None:
    run_id = ask("send", *drafts)
    invoices.delete_draft(drafts[1].id, person("staff"))
    work_bulk(run_id)
    assert (the_run(run_id).done, ended(run_id, "refused")) == (2, {"This draft was deleted.": [None]})
    assert audit() == []


def test_no_invoice_and_too_many_are_refused(app: Flask) -> None:
    with pytest.raises(Refused, match="Choose at least one"):
        begin_bulk("send", [12345], person("staff"), new_operation())
    with pytest.raises(Refused, match="more than 5,000"):
        begin_bulk("send", range(5001), person("staff"), new_operation())
    assert db.session.query(BulkRun).count() == 0


def broken_for(invoice: Invoice, error: Exception) -> Callable[..., Any]:
    """Sending, with an error at this invoice, every time."""

    def send(invoice_id: int, *about: Any) -> Any:
        if invoice_id == invoice.id:
            raise error
        return invoices.send_invoice(invoice_id, *about)

    return send


def test_an_error_that_nobody_expected_stops_it_until_somebody_lets_it_go_on(
    drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ask("send", *drafts)
    monkeypatch.setitem(bulk_runs.VERBS, "send", broken_for(drafts[1], ZeroDivisionError("seven")))
    work_bulk(run_id)
    assert (the_run(run_id).state, the_run(run_id).last_error) == ("Stopped", "ZeroDivisionError: seven")
    assert (run_under_way(db.session, person("staff").id), mails()) == (the_run(run_id), 1)
    go_on(run_id, person("staff"))
    work_bulk(run_id)
    assert ended(run_id, "refused") == {"It stopped the run: ZeroDivisionError: seven": [drafts[1].id]}
    assert (the_run(run_id).state, mails(), audit()) == ("Partly refused", 2, [])
    with pytest.raises(Refused, match="has not stopped"):
        go_on(run_id, person("staff"))


def test_the_sweep_wakes_a_run_that_was_not_woken(drafts: list[Invoice], monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[Any] = []
    monkeypatch.setattr("tasks.sweep.later", lambda verb, *ids: woken.append((verb, ids)))
    monkeypatch.setattr("tasks.sweep.is_queue_long", lambda *_: False)
    run_id = ask("send", *drafts)
    sweep()
    assert (work_bulk, (run_id,)) in woken


def test_the_audit_finds_a_run_that_says_otherwise_than_its_invoices(drafts: list[Invoice]) -> None:
    run_id = ask("send", *drafts)
    work_bulk(run_id)
    assert audit() == []
    with transaction() as session:
        session.query(BulkRunItem).filter_by(run_id=run_id).first().state = "waiting"
    assert [(broken.invariant, broken.row) for broken in audit()] == [("bulk runs", f"bulk_run:{run_id}")] * 2


def test_a_run_that_is_refused_for_many_reasons_tells_the_commonest(app: Flask) -> None:
    rows = [a_draft_invoice(contact=None) for _ in range(28)]
    run_id = ask("send", *rows)
    with transaction() as session:
        for number, item in enumerate(session.query(BulkRunItem).order_by(BulkRunItem.id)):
            session.get_one(BulkRun, run_id).note(item, "Often." if number < 2 else f"Reason {number}.")
    found = outcomes(db.session, run_id, "refused")
    assert (found[0].words, found[0].count, len(found)) == ("Often.", 2, 25)
