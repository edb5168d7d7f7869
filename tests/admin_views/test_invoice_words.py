"""One sentence on why an invoice is in its state, and the flags beside it."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from admin_views.invoice_words import Facts, flags, why
from models.clock import now
from models.invoice import Invoice
from models.mail import Mail

TODAY = date(2026, 11, 22)


def an_invoice(status: str, **fields: object) -> Invoice:
    figures = {
        "total": 6447,
        "captured": 0,
        "refunded": 0,
        "processing": 0,
        "disputed": 0,
        "lost": 0,
        "partial_payments": False,
    }
    return Invoice(status=status, currency="USD", issued_at=now(), **figures | fields)  # type: ignore[arg-type]


HALF = {"partial_payments": True, "deposit_percent": Decimal(50)}


@pytest.mark.parametrize(
    ("invoice", "sentence"),
    [
        (an_invoice("Draft"), "Not issued yet; it gets its number when you send it or share its Pay Link."),
        (an_invoice("Issued"), "Issued, but not sent yet; send it, or share its Pay Link and mark it as sent."),
        (an_invoice("Sent"), "Sent; nothing of $64.47 has been paid yet."),
        (an_invoice("Sent", viewed_at=now()), "Sent and viewed; nothing of $64.47 has been paid yet."),
        (an_invoice("Partially Paid", captured=2000), "$20.00 of $64.47 has been paid; $44.47 is still due."),
        (
            an_invoice("Partially Paid", captured=2000, processing=4447),
            "$20.00 of $64.47 has been paid; $44.47 is on its way and not confirmed yet.",
        ),
        (
            an_invoice("Partially Paid", captured=2000, refunded=500),
            "$20.00 of $64.47 has been paid; $5.00 of it was given back; $44.47 is still due.",
        ),
        (an_invoice("Paid", captured=6447), "The total of $64.47 has been paid."),
        (
            an_invoice("Paid", captured=6447, refunded=1000),
            "The total of $64.47 has been paid; $10.00 of it was given back.",
        ),
        (
            an_invoice("Paid", captured=6447, lost=6447),
            "The total of $64.47 has been paid; $64.47 was lost to a dispute.",
        ),
        (an_invoice("Refunded", captured=500, refunded=500), "All of the $5.00 that was paid has been given back."),
        (
            an_invoice("Refunded", captured=500, refunded=600),
            "$6.00 has been given back, more than the $5.00 that was paid.",
        ),
        (an_invoice("Void"), "Voided; its pay link takes no payment."),
        (
            an_invoice("Void", captured=500, refunded=500),
            "Voided; the $5.00 that was paid has been given back; its pay link takes no payment.",
        ),
        (
            an_invoice("Void", captured=500, refunded=200),
            "Voided, but $3.00 that was paid is still held; its pay link takes no payment.",
        ),
        (
            an_invoice("Sent", due_date=date(2026, 11, 1)),
            "Sent; nothing of $64.47 has been paid yet; it was due on Nov 1, 2026.",
        ),
        (
            an_invoice("Sent", processing=6447),
            "Sent; nothing of $64.47 has been paid yet; $64.47 is on its way and not confirmed yet.",
        ),
        (
            an_invoice("Sent", **HALF),
            "Sent; nothing of $64.47 has been paid yet; the first payment must bring the deposit of 50%, $32.24.",
        ),
        (an_invoice("Partially Paid", captured=3224, **HALF), "$32.24 of $64.47 has been paid; $32.23 is still due."),
        (
            an_invoice("Paid", captured=7000, disputed=7000),
            "The total of $64.47 has been paid; $70.00 is disputed; $5.53 more than its total was paid.",
        ),
    ],
)
def test_each_state_is_explained_with_its_figures(invoice: Invoice, sentence: str) -> None:
    assert why(invoice, Facts(TODAY)) == sentence


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"promised_for": date(2026, 12, 3)}, ["Promised for Dec 3"]),
        ({"promised_for": date(2027, 1, 2)}, ["Promised for Jan 2, 2027"]),
        ({"promised_for": TODAY}, ["Promised for Nov 22"]),
        ({"promised_for": date(2026, 11, 21)}, ["Promise broken"]),
        ({"promised_for": date(2026, 11, 21), "processing": 6447}, ["Processing"]),
    ],
)
def test_a_promise_stands_until_its_day_is_over(fields: dict[str, Any], words: list[str]) -> None:
    assert [flag.words for flag in flags(an_invoice("Sent", **fields), TODAY)] == words


def test_the_sentence_names_the_promise() -> None:
    said = why(an_invoice("Sent", promised_for=date(2026, 12, 3)), Facts(TODAY))
    assert said.endswith("; the customer has promised to pay by Dec 3, 2026.")


@pytest.mark.parametrize(
    ("known", "clause"),
    [
        ({"is_held": True}, "it is being changed right now, so nobody can begin to pay"),
        ({"sent_version": 1}, "the customer was last sent version 1, not version 2"),
        ({"failed": 6447}, "the last try to pay $64.47 did not go through"),
        ({"offline": 2000}, "$20.00 was recorded by hand, paid without Stripe"),
        ({"reversed": 2000}, "$20.00 that was recorded by hand was taken back"),
        ({"awaiting": 1000}, "a refund of $10.00 waits for a second person's approval"),
        ({"returning": 6447}, "$64.47 is being given back; Stripe has not confirmed it yet"),
    ],
)
def test_what_is_known_beside_the_invoice_is_said_with_its_figures(known: dict[str, Any], clause: str) -> None:
    said = why(an_invoice("Sent", version=2), Facts(TODAY, **known))
    assert said == f"Sent; nothing of $64.47 has been paid yet; {clause}."


def test_a_mail_on_its_way_a_stuck_one_and_a_failed_one_are_told_apart() -> None:
    invoice, to = an_invoice("Issued"), "ada@example.com"
    said = [
        why(invoice, Facts(TODAY, Mail(to_address=to, **fields)))
        for fields in ({}, {"last_error": "refused"}, {"parked_at": now(), "last_error": "550"})
    ]
    for sentence, part in zip(
        said, ("On its way to ada@example.com", "it is tried again by itself", "could not be delivered"), strict=True
    ):
        assert part in sentence


def test_every_flag_has_its_amount_and_none_is_shown_without() -> None:
    late = an_invoice("Partially Paid", captured=2000, processing=447, disputed=2000, due_date=date(2026, 11, 21))
    shown = [(flag.words, str(flag.money)) for flag in flags(late, TODAY)]
    assert shown == [("Overdue", "$40.00"), ("Processing", "$4.47"), ("Disputed", "$20.00")]
    assert flags(an_invoice("Sent", due_date=TODAY), TODAY) == []


def test_money_that_came_in_for_a_void_invoice_is_flagged() -> None:
    held = flags(an_invoice("Void", captured=500), TODAY)
    assert [(flag.words, str(flag.money)) for flag in held] == [("Held", "$5.00")]
    assert flags(an_invoice("Void", captured=500, refunded=500), TODAY) == []
