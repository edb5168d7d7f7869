"""How an invoice may be paid in parts, in its form."""

import re
from collections.abc import Callable
from decimal import Decimal

import builders
import pytest
from conftest import Browser
from forms import again, edit, page_of, save

from models.invoice import new_operation

SignIn = Callable[[str], Browser]
PARTS = {"partial_payments": "y", "partial_minimum": "20.00", "deposit_percent": "33.3"}


def test_how_it_may_be_paid_in_parts_is_written_and_read_back(signed_in: SignIn) -> None:
    draft, browser = builders.a_draft_invoice("100.00"), signed_in("staff")
    save(browser, draft, "100.00", **PARTS)
    assert (again(draft).partial_minimum, draft.deposit_percent) == (2000, Decimal("33.3"))
    shown = browser.get(edit(draft)).text
    for name in ("partial_minimum", "deposit_percent"):
        assert re.search(f'name="{name}"[^>]* value="{PARTS[name]}"', shown)
    page = browser.get(page_of(draft)).text
    assert ("$20.00" in page, "33.3%" in page) == (True, True)


@pytest.mark.parametrize(
    ("field", "text"),
    [("deposit_percent", text) for text in ("0", "100", "101", "-1", "x", "1e1")]
    + [("partial_minimum", text) for text in ("-1", "x", "1.234", "1,000")],
)
def test_parts_that_cannot_be_are_refused_beside_their_field(signed_in: SignIn, field: str, text: str) -> None:
    draft = builders.a_draft_invoice()
    answer = save(signed_in("staff"), draft, "100.00", **PARTS | {field: text})
    assert answer.status_code == 400
    assert re.search(f'aria-invalid="true"[^>]* name="{field}"', answer.text)
    assert not again(draft).partial_payments


def test_without_parts_nothing_is_kept_of_them(signed_in: SignIn) -> None:
    draft = builders.a_draft_invoice("100.00", partial_payments=True, partial_minimum=2000, deposit_percent=Decimal(30))
    save(signed_in("staff"), draft, "100.00", partial_minimum="20.00", deposit_percent="30")
    assert (again(draft).partial_payments, draft.partial_minimum, draft.deposit_percent) == (False, 0, None)


def test_a_smallest_part_above_the_total_is_refused_when_it_is_issued(signed_in: SignIn) -> None:
    builders.connected()
    draft, browser = builders.a_draft_invoice("100.00"), signed_in("staff")
    save(browser, draft, "10.00", **PARTS)
    form = {"action": "send", "rowid": draft.id, "operation": new_operation()}
    shown = browser.post_form("/admin/invoice/action/", form, follow_redirects=True).text
    assert "The smallest part, $20.00, is more than the total of $10.00." in shown
