"""Whose invoice it is, and how it becomes somebody else's."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser, Cast
from forms import again, dialog, page_of, why
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.invoice import Invoice
from models.refusal import NotAllowed
from tasks import people
from tasks.invoices import give_to

SignIn = Callable[[str], Browser]
GIVE = "/admin/invoice/give/"


@pytest.mark.both_databases
@pytest.mark.parametrize("situation", [builders.a_draft_invoice, builders.a_paid_invoice])
def test_an_invoice_is_given_to_a_colleague_whatever_its_state(
    cast: Cast, signed_in: SignIn, situation: Callable[[], Invoice]
) -> None:
    invoice, browser = situation(), signed_in("staff")
    seen, version = again(invoice).edits, again(invoice).version
    for _ in range(2):
        browser.post_form(GIVE, {"id": invoice.id, "owner": cast.finance.id})
    shown = browser.get(page_of(invoice)).text
    assert "belongs to Finance Person now." in shown
    assert (again(invoice).owner, again(invoice).edits, again(invoice).version) == (cast.finance, seen, version)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "invoice.give")).one()
    assert (entry.before, entry.after) == ({"owner_id": None}, {"owner_id": cast.finance.id})


def test_nobody_is_given_an_invoice_who_cannot_sign_in_or_may_not_write_one(cast: Cast, signed_in: SignIn) -> None:
    people.disable(cast.finance.id, cast.admin)
    invoice, browser = builders.a_draft_invoice(), signed_in("staff")
    for owner in (cast.finance.id, cast.viewer.id, 4711, "", "1,2"):
        shown = browser.post_form(GIVE, {"id": invoice.id, "owner": owner}, follow_redirects=True).text
        assert why(dialog(shown, "give")) == "Choose a colleague who can sign in and may write invoices."
    assert not re.search("Finance Person|Viewer Person", dialog(shown, "give"))
    assert again(invoice).owner_id is None


def test_who_owns_an_invoice_keeps_it_without_the_right_to_write(cast: Cast, signed_in: SignIn) -> None:
    invoice = builders.a_draft_invoice(owner=cast.viewer)
    given = dialog(signed_in("staff").get(page_of(invoice)).text, "give")
    assert f'<option value="{cast.viewer.id}" selected>Viewer Person</option>' in given
    assert again(invoice).owner == cast.viewer


def test_who_may_not_write_gives_nothing_away(cast: Cast, signed_in: SignIn) -> None:
    invoice, viewer = builders.a_draft_invoice(), signed_in("viewer")
    assert viewer.post_form(GIVE, {"id": invoice.id, "owner": cast.viewer.id}).status_code == 403
    assert dialog(viewer.get(page_of(invoice)).text, "give") == ""
    with pytest.raises(NotAllowed):
        give_to(invoice.id, cast.viewer, cast.viewer.id)
