"""The dashboard's widgets: what each shows, to whom, and what each person has switched off."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser

from models.invoice import Invoice
from tasks.invoices import record_view

SignIn = Callable[[str], Browser]


def sent_days_ago(days: float, amount: str = "100.00") -> Invoice:
    builders.connected()
    with builders.in_a_while(days=-days):
        return builders.a_sent_invoice(amount)


@pytest.mark.both_databases
def test_what_was_sent_days_ago_and_never_opened_is_found(signed_in: SignIn) -> None:
    forgotten, opened, fresh = sent_days_ago(4), sent_days_ago(5), sent_days_ago(2)
    record_view(opened.id, by_staff=False)
    page = signed_in("viewer").get("/admin/invoice/?flt0_unviewed_is=1").text
    assert f"details/?id={forgotten.id}" in page
    assert f"details/?id={opened.id}" not in page
    assert f"details/?id={fresh.id}" not in page
