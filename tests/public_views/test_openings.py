"""Link opened (automated): what asks for the page and never says that a person looks at it."""

from datetime import UTC, datetime
from typing import Any

import builders
import pytest
from builders import crowd, in_a_while
from cast import Browser
from customers import link, told

from models.base import db
from models.clock import moved_to
from models.invoice import Invoice
from models.pay_link import PayLink
from tasks import pay_links

pytestmark = pytest.mark.both_databases
SEEN = {"X-Paydesk": "1"}
EVENING = datetime(2027, 3, 4, 23, 59, 50, tzinfo=UTC)
MORNING = EVENING.replace(hour=9)


class Worker:
    """Does at once what the door asks a worker for."""

    asked = 0

    def __call__(self, verb: Any, *ids: int) -> None:
        self.asked += 1
        verb(*ids)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr("public_views.pay.later", worker)
    return worker


def judged(invoice: Invoice) -> list[str]:
    """What the timeline says of its link, a quarter of an hour later."""
    with in_a_while(minutes=15):
        pay_links.judge_openings()
    return [kind for kind in told(invoice) if kind in ("link_opened", "viewed", "viewed_by_staff")]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_who_only_asks_for_the_page_is_told_as_automated(browser: Browser, worker: Worker, method: str) -> None:
    invoice = builders.a_sent_invoice()
    browser.open(link(invoice), method=method)
    pay_links.judge_openings()
    assert "link_opened" not in told(invoice)
    assert judged(invoice) == ["link_opened"]
    assert db.session.get_one(Invoice, invoice.id).viewed_at is None


def test_a_person_who_looks_is_viewed_and_nothing_else(browser: Browser, worker: Worker) -> None:
    invoice = builders.a_sent_invoice()
    browser.get(link(invoice))
    browser.post(f"{link(invoice)}/viewed", headers=SEEN)
    assert judged(invoice) == ["viewed"]


def test_a_view_after_midnight_belongs_to_its_opening_before(browser: Browser, worker: Worker) -> None:
    invoice = builders.a_sent_invoice()
    with moved_to(EVENING):
        browser.get(link(invoice))
        with in_a_while(seconds=20):
            browser.post(f"{link(invoice)}/viewed", headers=SEEN)
        assert judged(invoice) == ["viewed"]


def test_twenty_at_once_and_whoever_follows_that_day_are_one_entry(browser: Browser, worker: Worker) -> None:
    invoice = builders.a_sent_invoice()
    path, link_id = link(invoice), db.session.query(PayLink).one().id
    db.session.rollback()

    def ask(_: int) -> None:
        with moved_to(MORNING):
            pay_links.note_opening(link_id)

    crowd(ask)
    with moved_to(MORNING):
        assert judged(invoice) == ["link_opened"]
        browser.get(path)
        assert (worker.asked, judged(invoice)) == (0, ["link_opened"])
    with moved_to(MORNING.replace(day=5)):
        browser.get(path)
        browser.head(path)
        assert (worker.asked, judged(invoice)) == (1, ["link_opened", "link_opened"])


def test_colleagues_who_open_the_link_are_no_scanners(signed_in: Any, worker: Worker) -> None:
    invoice = builders.a_sent_invoice()
    signed_in("staff").get(link(invoice))
    assert (worker.asked, judged(invoice)) == (0, [])


def test_a_link_that_was_taken_back_is_not_opened_any_more(browser: Browser, worker: Worker) -> None:
    invoice = builders.a_sent_invoice()
    path, link_id = link(invoice), db.session.query(PayLink).one().id
    pay_links.revoke_link(invoice.id, builders.person("staff"), link_id)
    assert browser.get(path).status_code == 410
    pay_links.note_opening(link_id)
    assert (worker.asked, judged(invoice)) == (0, [])
