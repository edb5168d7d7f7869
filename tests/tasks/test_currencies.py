"""Each kind of currency from the form to the refund: what people type and read, and what Stripe is asked for."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

import builders
import pytest
from cast import Browser
from customers import link, press, the_checkout
from flask import Flask
from forms import typed
from mail_sink import Mailbox
from sqlalchemy import select

from models.base import db
from models.invoice import Invoice, new_operation
from models.money import Money
from models.payment import Payment
from models.refusal import Refused
from sandbox.world import World
from tasks import invoices, messages
from tasks.audit import audit
from tasks.checkouts import open_checkout

SignIn = Callable[[str], Browser]


@dataclass(frozen=True)
class Case:
    """What is typed, what people read, what Stripe is asked for; then the same of a part that is given back."""

    currency: str
    typed: str
    shown: str
    at_stripe: int
    back: str
    back_shown: str
    back_at_stripe: int


CASES = [
    Case("USD", "64.47", "$64.47", 6447, "10.07", "$10.07", 1007),
    Case("EUR", "1234.50", "€1,234.50", 123_450, "0.50", "€0.50", 50),
    Case("GBP", "19.99", "£19.99", 1999, "19.98", "£19.98", 1998),
    Case("JPY", "1500", "¥1,500", 1500, "1", "¥1", 1),
    Case("KRW", "90000", "₩90,000", 90_000, "1000", "₩1,000", 1000),
    Case("KWD", "12.340", "KWD 12.340", 12_340, "0.010", "KWD 0.010", 10),
    Case("BHD", "5.120", "BHD 5.120", 5120, "5.110", "BHD 5.110", 5110),
    Case("ISK", "2500", "ISK 2,500", 250_000, "700", "ISK 700", 70_000),
    Case("UGX", "40000", "UGX 40,000", 4_000_000, "500", "UGX 500", 50_000),
    Case("HUF", "25000.50", "HUF 25,000.50", 2_500_050, "0.50", "HUF 0.50", 50),
    Case("RSD", "6000.25", "RSD 6,000.25", 600_025, "0.25", "RSD 0.25", 25),
]


@pytest.fixture(params=CASES, ids=lambda case: case.currency)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def words(page: str) -> str:
    """What is read of it: Babel's spaces between a code and its number do not break."""
    return re.sub(r"<[^>]+>", "", html.unescape(page).replace("\xa0", " "))


def written(staff: Browser, case: Case) -> Invoice:
    contact = builders.a_contact()
    form = typed({"price": case.typed}, currency=case.currency, contact_id=contact.id, partial_payments="y")
    assert staff.post_form("/admin/invoice/new/", form).status_code == 302
    db.session.rollback()
    return db.session.scalars(select(Invoice)).one()


def paid(world: World, browser: Browser, invoice: Invoice) -> dict[str, object]:
    """The customer pays what the page has filled in; Stripe's session of it."""
    assert press(browser, invoice).status_code == 303
    session_id = str(the_checkout(invoice).stripe_id)
    world.pay(session_id)
    builders.come_home()
    return world.object(session_id, "checkout.session")


def test_from_the_form_to_the_refund(
    case: Case, signed_in: SignIn, browser: Browser, world: World, mailbox: Mailbox
) -> None:
    builders.connected()
    staff = signed_in("staff")
    invoice = written(staff, case)
    messages.deliver(invoices.send_invoice(invoice.id, builders.person("staff"), new_operation()))
    letter = mailbox[0]
    for shown in (
        staff.get("/admin/invoice/").text,
        staff.get(f"/admin/invoice/details/?id={invoice.id}").text,
        browser.get(link(invoice)).text,
        letter.text,
        letter.html,
    ):
        assert case.shown in words(shown)
    assert f'value="{case.typed}"' in browser.get(link(invoice)).text
    session = paid(world, browser, invoice)
    assert (session["amount_total"], session["currency"]) == (case.at_stripe, case.currency.lower())
    assert case.shown in words(mailbox[-1].text)
    builders.a_refund(invoice, case.back)
    builders.come_home()
    payment = db.session.scalars(select(Payment)).one()
    charge = world.object(str(payment.charge_id), "charge")
    assert (charge["amount_captured"], charge["amount_refunded"]) == (case.at_stripe, case.back_at_stripe)
    assert case.back_shown in words(mailbox[-1].text)
    told = words(staff.get(f"/admin/invoice/details/?id={invoice.id}").text)
    assert f"The total of {case.shown} has been paid; {case.back_shown} of it was given back." in told
    left = Money.parse(case.typed, case.currency).amount - Money.parse(case.back, case.currency).amount
    assert (invoice.held(), audit()) == (Money(left, case.currency), [])


def test_a_form_of_the_invoice_reads_back_what_was_typed(case: Case, signed_in: SignIn) -> None:
    staff = signed_in("staff")
    invoice = written(staff, case)
    assert f'name="lines-0-price" value="{case.typed}"' in staff.get(f"/admin/invoice/edit/?id={invoice.id}").text


WRONG = [
    ("USD", "0.49", "$0.49 is too small to be charged online: the least is $0.50."),
    ("GBP", "0.29", "£0.29 is too small to be charged online: the least is £0.30."),
    ("JPY", "49", "¥49 is too small to be charged online: the least is ¥50."),
    ("HUF", "174.99", "HUF 174.99 is too small to be charged online: the least is HUF 175.00."),
    ("USD", "1000000.00", "$1,000,000.00 is too large to be charged online in one payment."),
    ("JPY", "100000000", "¥100,000,000 is too large to be charged online in one payment."),
    ("ISK", "1000000", "ISK 1,000,000 is too large to be charged online in one payment."),
    ("KWD", "100000.000", "KWD 100,000.000 is too large to be charged online in one payment."),
    ("KWD", "1.005", "Stripe takes KWD only in steps of 0.010; KWD 1.005 is not one."),
]


@pytest.mark.parametrize(("currency", "amount", "sentence"), WRONG)
def test_what_stripe_would_refuse_is_refused_at_issue(app: Flask, currency: str, amount: str, sentence: str) -> None:
    builders.connected()
    draft = builders.a_draft_invoice(amount, currency=currency)
    with pytest.raises(Refused) as refused:
        invoices.send_invoice(draft.id, builders.person("staff"), new_operation())
    assert words(str(refused.value)) == sentence
    assert (draft.status, draft.number) == ("Draft", None)


PARTS = [
    ("JPY", "10000", "49", "too small"),
    ("JPY", "10000", "9951", "what would be left is too small"),
    ("KWD", "10.000", "1.005", "steps of 0.010"),
    ("ISK", "10000", "10001", "Only ISK 10,000 is due"),
]


@pytest.mark.parametrize(("currency", "total", "part", "sentence"), PARTS)
def test_and_so_it_is_part_by_part(
    app: Flask, world: World, currency: str, total: str, part: str, sentence: str
) -> None:
    invoice = builders.a_sent_invoice(total, currency=currency, partial_payments=True)
    with pytest.raises(Refused) as refused:
        open_checkout(invoice.id, new_operation(), Money.parse(part, currency))
    assert sentence in words(str(refused.value))
    assert not world.store.select("checkout.session")
