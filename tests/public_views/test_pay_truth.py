"""The pay page promises only what happens: receipts, statements, what becomes of money that came too late."""

import builders
import pytest
from cast import Browser
from customers import came_back, look, state

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from tasks import transaction
from tasks.manual_refunds import record_manual_refund
from tasks.offline_payments import record_offline_payment

pytestmark = pytest.mark.both_databases
RECEIPT, STATEMENT = "A receipt is sent to you by email.", "5 to 10 days to appear on your statement"


def paid_in_cash() -> Invoice:
    invoice = builders.a_sent_invoice()
    due, today = invoice.due(), the_organization(db.session).today()
    db.session.rollback()
    record_offline_payment(invoice.id, due, "cash", today, "", builders.person("finance"), new_operation())
    return invoice


def paid_while_voided(card: str = builders.GOOD_CARD) -> tuple[Invoice, Checkout]:
    """As an older backup leaves it: voided here while its page at Stripe stayed open."""
    invoice = builders.a_sent_invoice()
    checkout = builders.pay(invoice, card)
    with transaction() as session:
        late = session.get_one(Invoice, invoice.id)
        late.voided_at = now()
        late.refresh_status()
    builders.come_home()
    return invoice, checkout


def test_a_receipt_is_promised_where_there_is_one(browser: Browser) -> None:
    by_card, in_cash = (look(browser, invoice) for invoice in (builders.a_paid_invoice(), paid_in_cash()))
    assert ("Thank you!" in by_card, RECEIPT in by_card) == (True, True)
    assert ("Thank you!" in in_cash, RECEIPT in in_cash) == (True, False)


def test_a_receipt_that_no_server_took_is_not_promised(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    with transaction() as session:
        receipt = session.query(Mail).filter_by(kind="receipt").one()
        receipt.sent_at, receipt.parked_at = None, now()
    page = look(browser, invoice)
    assert ("Payment received. Thank you!" in page, RECEIPT in page) == (True, False)


def test_only_what_went_back_through_stripe_appears_on_a_statement(browser: Browser) -> None:
    in_cash, by_card = paid_in_cash(), builders.a_paid_invoice()
    payment, day = builders.the_payment(in_cash), the_organization(db.session).today()
    db.session.rollback()
    record_manual_refund(payment.id, payment.money, day, builders.person("finance"), new_operation())
    builders.a_refund(by_card, "100.00")
    builders.come_home()
    pages = [look(browser, invoice) for invoice in (in_cash, by_card)]
    assert [state(page) for page in pages] == ["refunded", "refunded"]
    assert [STATEMENT in page for page in pages] == [False, True]


def test_who_paid_what_was_voided_meanwhile_reads_that_the_money_came(browser: Browser) -> None:
    invoice, checkout = paid_while_voided()
    for page in (came_back(browser, invoice, checkout).text, look(browser, invoice)):
        assert state(page) == "void"
        assert "Your payment came in, but this invoice was canceled meanwhile" in page
        assert "We received $100.00 on" in page
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    page = look(browser, invoice)
    assert ("Your payment came in" in page, "$100.00 that you had paid was given back." in page) == (False, True)


def test_a_debit_for_what_was_voided_meanwhile_is_on_its_way_all_the_same(browser: Browser) -> None:
    invoice, checkout = paid_while_voided("us_bank_account")
    assert "$100.00 is on its way from your bank account all the same." in came_back(browser, invoice, checkout).text


def test_who_paid_more_than_was_due_reads_what_becomes_of_the_rest(browser: Browser) -> None:
    invoice, *_ = builders.paid_twice()
    page = look(browser, invoice)
    assert "We received $200.00. $100.00 of it is more than was due: we give it back to you or count it" in page
    assert "more than was due" not in look(browser, builders.a_paid_invoice())
