"""What may be paid of an invoice now: the deposit first, no part too small, nothing too small left."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.clock import now
from models.invoice import Invoice
from models.invoice_status import status_of
from models.money import Money
from models.parts import outstanding_deposit, part_of, parts_of, refuse_unpayable
from models.refusal import Refused


def an_invoice(total: int = 100_000, currency: str = "USD", **fields: object) -> Invoice:
    """Sent, paid in parts."""
    figures = dict.fromkeys(("captured", "refunded", "processing", "partial_minimum"), 0)
    rest = {"partial_payments": True, "issued_at": now()} | figures | fields
    invoice = Invoice(total=total, currency=currency, **rest)
    sums = {"total": total, "captured": invoice.captured, "refunded": invoice.refunded}
    invoice.status = status_of(void=False, issued=True, sent=True, **sums)
    return invoice


def pay(invoice: Invoice, minor: int) -> Money:
    return part_of(invoice, Money(minor, invoice.currency))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Pay $0.50 or more, up to $1,000.00."),
        ({"partial_minimum": 5_000}, "Pay $50.00 or more, up to $1,000.00."),
        ({"deposit_percent": Decimal(30)}, "Pay $300.00 or more (deposit of 30%), up to $1,000.00."),
        ({"deposit_percent": Decimal("33.333")}, "Pay $333.33 or more (deposit of 33.333%), up to $1,000.00."),
        ({"deposit_percent": Decimal(3), "partial_minimum": 5_000}, "Pay $50.00 or more, up to $1,000.00."),
        ({"deposit_percent": Decimal(30), "captured": 30_000}, "Pay $0.50 or more, up to $700.00."),
        ({"deposit_percent": Decimal(30), "processing": 30_000}, "Pay $0.50 or more, up to $700.00."),
    ],
)
def test_what_is_allowed_is_said_in_words(fields: dict[str, object], words: str) -> None:
    assert parts_of(an_invoice(**fields)).words == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("minor", "sentence"),
    [
        (29_999, r"\$299.99 is not enough. Pay \$300.00 or more \(deposit of 30%\), up to \$1,000.00."),
        (0, r"\$0.00 is too small to be charged online"),
        (99_999, "what would be left is too small"),
        (100_001, r"Only \$1,000.00 is due"),
    ],
)
def test_a_part_that_is_not_allowed_is_refused(minor: int, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        pay(an_invoice(deposit_percent=Decimal(30)), minor)


def test_the_deposit_all_and_what_leaves_enough_are_allowed() -> None:
    invoice = an_invoice(deposit_percent=Decimal(30))
    assert [pay(invoice, minor).amount for minor in (30_000, 99_950, 100_000)] == [30_000, 99_950, 100_000]
    assert part_of(invoice, None) == Money(100_000, "USD")


def test_a_deposit_is_rounded_half_up() -> None:
    assert outstanding_deposit(an_invoice(1_001, deposit_percent=Decimal(50))) == Money(501, "USD")


def test_a_deposit_is_suggested_and_afterwards_all_that_is_due() -> None:
    assert parts_of(an_invoice(deposit_percent=Decimal(30))).suggested == Money(30_000, "USD")
    assert parts_of(an_invoice(deposit_percent=Decimal(30), captured=30_000)).suggested == Money(70_000, "USD")


def test_without_parts_there_is_no_deposit_and_only_all() -> None:
    invoice = an_invoice(partial_payments=False, deposit_percent=Decimal(30))
    assert not outstanding_deposit(invoice).amount
    with pytest.raises(Refused, match="in full"):
        pay(invoice, 50_000)


@pytest.mark.parametrize(("total", "minimum"), [(99, 0), (10_000, 9_990)])
def test_what_is_too_little_for_two_payments_is_paid_at_once(total: int, minimum: int) -> None:
    invoice = an_invoice(total, partial_minimum=minimum)
    assert not parts_of(invoice).are_possible
    with pytest.raises(Refused, match="too little for another payment"):
        pay(invoice, 50)
    assert pay(invoice, total).amount == total


def test_stripe_takes_dinars_in_steps_so_the_deposit_is_the_next_one() -> None:
    invoice = an_invoice(1_250, "KWD", deposit_percent=Decimal(33))
    assert parts_of(invoice).least == Money(420, "KWD")
    with pytest.raises(Refused, match=r"steps of 0\.010"):
        pay(invoice, 425)


@pytest.mark.parametrize(
    ("invoice", "sentence"),
    [
        (an_invoice(49), "too small"),
        (an_invoice(100_000_000), "too large"),
        (an_invoice(1_000_000, "ISK"), "too large"),
        (an_invoice(1_255, "KWD"), "steps of 0.010"),
        (an_invoice(1_000, partial_minimum=1_001), r"The smallest part, \$10.01, is more than the total of \$10.00"),
    ],
)
def test_what_nobody_could_pay_is_not_issued(invoice: Invoice, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        refuse_unpayable(invoice)


@given(
    total=st.integers(50, 10**7),
    share=st.none() | st.decimals("0.001", "99.999", places=3),
    minimum=st.integers(0, 10**5),
    captured=st.integers(0, 10**5),
    part=st.integers(0, 10**7),
)
def test_whatever_is_allowed_leaves_nothing_or_a_payment(
    total: int, share: Decimal | None, minimum: int, captured: int, part: int
) -> None:
    captured = min(captured, total - 50)
    invoice = an_invoice(total, captured=captured, deposit_percent=share, partial_minimum=minimum)
    due = invoice.due().amount
    try:
        paid = pay(invoice, part).amount
    except Refused:
        return
    assert paid == due or (paid >= 50 and minimum <= paid and due - paid >= 50)
    assert paid == due or captured or paid >= outstanding_deposit(invoice).amount
