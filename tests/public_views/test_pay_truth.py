"""The pay page promises only what happens: receipts, statements, what becomes of money that came too late."""

from datetime import timedelta
from decimal import Decimal

import builders
import pytest
from babel.dates import format_date
from cast import Browser
from customers import came_back, link, look, state
from disconnecting import a_payment_that_is_not_home
from refunding import the_refund
from sqlalchemy import update

from models.base import db
from models.checkout import Checkout
from models.clock import now
from models.credit_note import CreditNote
from models.invoice import Invoice, new_operation
from models.mail import Mail
from models.organization import the_organization
from models.payment import Payment
from models.refund import Refund
from tasks import transaction
from tasks.manual_refunds import record_manual_refund
from tasks.unheard import checkout_never_paid

pytestmark = pytest.mark.both_databases
RECEIPT, STATEMENT = "A receipt was sent to you by email.", "5 to 10 days to appear on your statement"


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


def english_day(days: int = 0) -> str:
    return format_date(builders.today() + timedelta(days=days), locale="en_US")


def a_refund_that_failed(amount: str) -> tuple[Invoice, str]:
    """With the number of its credit note, which was valid for a while."""
    invoice = builders.a_paid_invoice("64.47")
    refund_id = builders.a_refund(invoice, amount)[0]
    builders.come_home()
    number = db.session.query(CreditNote).one().number
    builders.the_world().set_refund(str(the_refund(refund_id).stripe_id), "failed")
    builders.come_home()
    return invoice, number


def test_a_receipt_is_promised_where_there_is_one(browser: Browser) -> None:
    by_card, in_cash = (
        look(browser, invoice) for invoice in (builders.a_paid_invoice(), builders.an_invoice_paid_in_cash())
    )
    assert ("Thank you!" in by_card, RECEIPT in by_card) == (True, True)
    assert ("Thank you!" in in_cash, RECEIPT in in_cash) == (True, False)


def test_a_receipt_that_no_server_took_is_not_promised(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    with transaction() as session:
        receipt = session.query(Mail).filter_by(kind="receipt").one()
        receipt.sent_at, receipt.parked_at = None, now()
    page = look(browser, invoice)
    assert ("Payment received. Thank you!" in page, RECEIPT in page) == (True, False)


def test_a_receipt_that_waits_for_its_server_is_on_its_way(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    with transaction() as session:
        session.query(Mail).filter_by(kind="receipt").one().sent_at = None
    page = look(browser, invoice)
    assert ("A receipt is sent to you by email." in page, RECEIPT in page) == (True, False)


def test_a_page_of_last_summer_waits_for_nothing_any_more(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "40.00")
    builders.come_home()
    builders.a_refund(invoice, "60.00")
    builders.come_home()
    for refund_id, days in ((1, 40), (2, 30)):
        with transaction() as session:
            session.get_one(Refund, refund_id).created_at = now() - timedelta(days=days)
    page = look(browser, invoice)
    assert f"$100.00 was given back, the last of it on {english_day(-30)}." in page
    assert STATEMENT not in page
    with transaction() as session:
        session.get_one(Refund, 1).created_at = now()
    page = look(browser, invoice)
    assert (f"on {english_day()}." in page, STATEMENT in page) == (True, True)


def test_what_was_given_back_has_its_day(browser: Browser) -> None:
    invoice = builders.a_paid_invoice()
    builders.a_refund(invoice, "100.00")
    builders.come_home()
    assert f"$100.00 was given back on {english_day()}." in look(browser, invoice)


def test_what_was_paid_in_parts_is_said_with_its_last_day(browser: Browser) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", "40.00")
    builders.pay(invoice)
    builders.come_home()
    assert "We received $100.00, the last of it on " in look(browser, invoice)


def test_only_what_went_back_through_stripe_appears_on_a_statement(browser: Browser) -> None:
    in_cash, by_card = builders.an_invoice_paid_in_cash(), builders.a_paid_invoice()
    payment, day = builders.the_payment(in_cash), the_organization(db.session).today()
    db.session.rollback()
    record_manual_refund(payment.id, payment.money, day, builders.person("finance"), new_operation())
    builders.a_refund(by_card, "100.00")
    builders.come_home()
    pages = [look(browser, invoice) for invoice in (in_cash, by_card)]
    assert [state(page) for page in pages] == ["refunded", "refunded"]
    assert [STATEMENT in page for page in pages] == [False, True]


@pytest.mark.parametrize(("paid", "due"), [("100.00", "0.00"), ("60.00", "40.00")])
def test_what_went_back_in_part_is_said_and_changes_nothing_of_what_is_due(
    browser: Browser, paid: str, due: str
) -> None:
    invoice = builders.a_partly_paid_invoice("100.00", paid)
    said = "was refunded to you; it does not change what is due."
    before = look(browser, invoice)
    builders.a_refund(invoice, "40.00")
    builders.come_home()
    after = look(browser, invoice)
    assert (said in before, f"$40.00 {said}" in after) == (False, True)
    assert all(f'data-due="{due}"' in page for page in (before, after))
    builders.a_refund(invoice, str(Decimal(paid) - 40))
    builders.come_home()
    assert (said in look(browser, invoice), state(look(browser, invoice))) == (False, "refunded")


def test_who_paid_what_was_voided_meanwhile_reads_that_the_money_came(browser: Browser) -> None:
    invoice, checkout = paid_while_voided()
    for page in (came_back(browser, invoice, checkout).text, look(browser, invoice)):
        assert state(page) == "void"
        assert "Your payment came in, but this invoice was canceled meanwhile" in page
        assert "We received $100.00 on" in page
    builders.a_refund(invoice, "40.00")
    builders.come_home()
    page = look(browser, invoice)
    assert ("We received $100.00 on" in page, "; $40.00 of it was given back." in page) == (True, True)
    assert "we give the rest back to you" in page
    builders.a_refund(invoice, "60.00")
    builders.come_home()
    page = look(browser, invoice)
    assert ("Your payment came in" in page, "$100.00 that you had paid was given back." in page) == (False, True)


def test_a_debit_for_what_was_voided_meanwhile_is_on_its_way_all_the_same(browser: Browser) -> None:
    invoice, checkout = paid_while_voided("us_bank_account")
    page = came_back(browser, invoice, checkout).text
    assert "$100.00 is on its way all the same. If you were asked to pay a voucher" in page


@pytest.mark.parametrize("part", ["100.00", "40.00"])
def test_what_is_on_its_way_is_said_with_its_method_its_day_and_what_follows(browser: Browser, part: str) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    checkout = builders.pay(invoice, "us_bank_account", builders.Money.parse(part, "USD"))
    for page in (came_back(browser, invoice, checkout).text, look(browser, invoice)):
        said = " ".join(page.replace("\xa0", " ").split())
        assert f"A payment of ${part} (US bank account •••• 6789) has been on its way since {english_day()}." in said
        assert "We will tell you by email when it has arrived or failed." in said
        assert "voucher" not in said


def test_who_must_still_do_something_is_not_told_to_wait(browser: Browser) -> None:
    invoice = builders.a_sent_invoice()
    builders.pay(invoice, "us_bank_account")
    builders.come_home()
    with transaction() as session:
        its = session.get_one(Invoice, invoice.id)
        assert its.contact
        its.contact.email, its.contact_snapshot = "", {"name": "Ada"}
    for method, asked in (("", True), ("Boleto", True), ("SEPA debit •••• 3000", False)):
        with transaction() as session:
            session.execute(update(Payment).values(method=method))
        page = look(browser, invoice)
        assert ("If you were asked to pay a voucher" in page, "Nothing is needed" in page) == (asked, not asked)
        assert "by email" not in page


def test_what_came_in_stands_beside_what_is_on_its_way(browser: Browser) -> None:
    invoice = builders.a_sent_invoice(partial_payments=True)
    builders.pay(invoice, "us_bank_account", builders.Money.parse("60.00", "USD"))
    builders.come_home()
    checkout = builders.pay(invoice, amount=builders.Money.parse("40.00", "USD"))
    for page, title in (
        (came_back(browser, invoice, checkout).text, "Payment received. Thank you!"),
        (look(browser, invoice), "Your payment is on its way"),
    ):
        assert (state(page), title in page) == ("processing", True)
        assert ("We received $40.00 on" in page, "A payment of $60.00 (US bank account" in page) == (True, True)


def test_a_payment_of_which_a_lost_account_does_not_tell_is_not_said_to_confirm_itself(browser: Browser) -> None:
    invoice, checkout = a_payment_that_is_not_home()
    for answer in (browser.get(link(invoice)), came_back(browser, invoice, checkout)):
        assert (answer.status_code, state(answer.text)) == (200, "unheard")
        assert "there is no need to pay again. Please ask us about it" in answer.text
        assert "updates by itself" not in answer.text
        assert "<button" not in answer.text
    checkout_never_paid(checkout.id, builders.person("finance"), "Nothing in the Dashboard")
    assert state(look(browser, invoice)) == "unavailable"


def test_who_paid_more_than_was_due_reads_what_becomes_of_the_rest(browser: Browser) -> None:
    invoice, *_ = builders.paid_twice()
    page = look(browser, invoice)
    assert "$100.00 of it is more than was due: we give it back to you or count it" in page
    assert "more than was due" not in look(browser, builders.a_paid_invoice())


@pytest.mark.parametrize("amount", ["64.47", "10.00"])
def test_what_is_still_owed_after_a_refund_that_failed_is_said_until_it_has_gone_back(
    browser: Browser, amount: str
) -> None:
    invoice, failed = a_refund_that_failed(amount)
    page, owed = look(browser, invoice), f"${amount} did not reach you. You do not have to do anything"
    assert (state(page), "Your refund did not arrive" in page, owed in page) == ("paid", True, True)
    assert "Thank you!" not in page
    builders.a_refund(invoice, amount)
    builders.come_home()
    page = look(browser, invoice)
    assert ("did not arrive" in page, "Credit note" in page) == (False, True)
    assert f"Credit note {failed} is no longer valid." in page


def test_a_refund_of_which_nobody_has_heard_is_no_news(browser: Browser) -> None:
    invoice, world = builders.a_paid_invoice("64.47"), builders.the_world()
    world.refunds_wait = True
    refund_id = builders.a_refund(invoice, "10.00")[0]
    builders.come_home()
    world.set_refund(str(the_refund(refund_id).stripe_id), "failed")
    builders.come_home()
    assert (the_refund(refund_id).state, builders.open_matters()) == ("failed", ["refund_failed"])
    page = look(browser, invoice)
    assert ("did not arrive" in page, "Thank you!" in page) == (False, True)


def test_the_link_of_a_credit_note_that_was_canceled_leads_to_what_became_of_it(browser: Browser) -> None:
    invoice, number = a_refund_that_failed("64.47")
    answer = browser.get(f"{link(invoice)}/credit-note/{number}.pdf", follow_redirects=True)
    assert f"Credit note {number} is no longer valid." in answer.text
    assert f"credit-note/{number}.pdf" not in answer.text
