"""The bell: whose it rings, for what, and how often."""

from typing import Any

import builders
import pytest
from mail_sink import Mailbox

from models.activity import tell
from models.base import db
from models.invoice import Invoice, new_operation
from models.money import Money
from models.notice import Notice
from models.refusal import NotFound
from tasks import invoices, messages, news, people, transaction
from tasks.attention import match_payment, move_payment
from tasks.offline_payments import record_offline_payment

pytestmark = [pytest.mark.both_databases, pytest.mark.usefixtures("app")]
FAILS_LATER = "4000000000005126"


def owned(owner: str = "staff", **fields: Any) -> Invoice:
    """An invoice of that person, sent."""
    return builders.a_sent_invoice(owner_id=builders.person(owner).id, **fields)


def heard(role: str) -> list[str]:
    """What this person's bell has told, in that order."""
    db.session.rollback()
    query = db.session.query(Notice).filter_by(user_id=builders.person(role).id).order_by(Notice.id)
    return [notice.kind for notice in query]


def unread() -> int:
    db.session.rollback()
    return db.session.query(Notice).filter(Notice.read_at.is_(None)).count()


def test_money_that_arrives_is_told_to_the_owner_alone() -> None:
    builders.person("finance")
    invoice = owned()
    builders.pay(invoice)
    builders.come_home()
    (notice,) = db.session.query(Notice)
    assert (notice.user, notice.invoice, notice.words) == (builders.person("staff"), invoice, "Payment received")
    assert (notice.money, notice.read_at) == (Money(10000, "USD"), None)


def test_money_that_is_matched_or_moved_to_an_invoice_is_told_to_its_owner() -> None:
    finance, invoice = builders.person("finance"), owned()
    match_payment(builders.an_unmatched_payment().id, invoice.id, finance)
    assert heard("staff") == ["payment_matched"]
    move_payment(builders.the_payment(invoice).id, owned("admin").id, finance, "It was meant for this one")
    assert (heard("staff"), heard("admin"), heard("finance")) == (["payment_matched"], ["payment_moved_here"], [])
    notice = db.session.query(Notice).order_by(Notice.id.desc()).first()
    assert (notice.words, notice.money) == ("Payment moved here", Money(10000, "USD"))


def test_a_debit_that_bounces_is_told() -> None:
    invoice = owned()
    builders.pay(invoice, "us_bank_account")
    builders.come_home()
    assert heard("staff") == []
    builders.the_world().settle(builders.the_payment(invoice).payment_intent_id, "failed")
    builders.come_home()
    assert heard("staff") == ["payment_failed"]


def test_a_refund_that_fails_is_told_also_to_whom_issued_it() -> None:
    invoice = owned()
    builders.pay(invoice, FAILS_LATER)
    builders.come_home()
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    builders.the_world().clock.advance(60)
    builders.come_home()
    assert heard("staff") == ["payment_received", "refund_failed"]


def test_an_email_that_cannot_be_delivered_is_told(mailbox: Mailbox) -> None:
    builders.connected()
    invoice = builders.a_draft_invoice(owner_id=builders.person("staff").id)
    mailbox.answer = "550 No such mailbox"
    messages.deliver(invoices.send_invoice(invoice.id, builders.person("staff"), new_operation()))
    assert heard("staff") == ["mail_failed"]
    assert "grace@example.com" in db.session.query(Notice).one().detail


def test_the_same_fact_is_told_once() -> None:
    invoice = owned()
    for _ in range(2):
        with transaction() as session:
            tell(session, "payment_received", "payment:1:succeeded", invoice.id, money=Money(100, "USD"))
    assert heard("staff") == ["payment_received"]


def test_nobody_is_told_what_they_did_themselves() -> None:
    for owner in ("finance", "staff"):
        invoice, by = owned(owner), builders.person("finance")
        record_offline_payment(invoice.id, invoice.due(), "cash", builders.today(), "", by, new_operation())
    assert (heard("finance"), heard("staff")) == ([], ["payment_received"])


def test_who_can_no_longer_sign_in_is_told_nothing() -> None:
    invoice = owned()
    people.disable(builders.person("staff").id, builders.person("admin"))
    builders.pay(invoice)
    builders.come_home()
    assert heard("staff") == []


def test_an_invoice_that_nobody_owns_rings_no_bell() -> None:
    builders.a_paid_invoice()
    assert db.session.query(Notice).count() == 0


def test_reading_one_leaves_the_others_and_reading_all_leaves_none() -> None:
    invoice, staff = owned(), builders.person("staff")
    with transaction() as session:
        for number in range(3):
            tell(session, "payment_received", f"payment:{number}:succeeded", invoice.id)
    first = db.session.query(Notice).order_by(Notice.id).first()
    assert news.read_notice(first.id, staff) == invoice.id
    assert unread() == 2
    news.read_all_notices(builders.person("finance"))
    assert unread() == 2
    news.read_all_notices(staff)
    assert unread() == 0


def test_what_was_told_to_somebody_else_is_not_there() -> None:
    invoice = owned()
    with transaction() as session:
        tell(session, "payment_received", "payment:1:succeeded", invoice.id)
    notice = db.session.query(Notice).one()
    with pytest.raises(NotFound):
        news.read_notice(notice.id, builders.person("finance"))
