"""Lists and the palette find and sort names however they are typed."""

import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.contact import Contact
from models.opportunity import Opportunity
from tasks import transaction

pytestmark = pytest.mark.both_databases
SignIn = Callable[[str], Browser]
TYPED = ["ÁLVAREZ", "alva", "A\u0301lvarez chloé", "Cafe"]


@pytest.fixture
def contact() -> Contact:
    """With an opportunity and an invoice that was paid and partly refunded; somebody else has them too."""
    for contact in (builders.a_contact(name="Ada"), builders.a_contact(name="Chloë Álvarez", company="Café")):
        invoice = builders.a_paid_invoice(contact=contact)
        builders.a_refund(invoice, "10.00")
        with transaction() as session:
            session.add(Opportunity(name=f"Deal of {invoice.id}", contact_id=contact.id))
    builders.come_home()
    return contact


@pytest.mark.parametrize("typed", TYPED)
def test_each_list_that_searches_contacts_finds_them_however_they_are_typed(
    signed_in: SignIn, contact: Contact, typed: str
) -> None:
    viewer = signed_in("viewer")
    for noun in ("contact", "opportunity", "invoice", "payment", "credit_note"):
        page = viewer.get(f"/admin/{noun}/", query_string={"search": typed}).text
        assert ("Chloë Álvarez" in page, "Ada" in page) == (True, False), noun


@pytest.mark.parametrize("typed", ["álvarez", "ALVA", "chloe", "chloé á", "cafe"])
def test_the_palette_finds_them_too(signed_in: SignIn, contact: Contact, typed: str) -> None:
    staff = signed_in("staff")
    found = staff.get("/admin/palette", query_string={"q": typed}).get_json()["found"]
    assert [item["label"] for item in found] == ["Chloë Álvarez"]
    assert staff.get("/admin/palette", query_string={"q": f"refund {typed}"}).get_json()["found"]


def listed(browser: Browser, noun: str, **asked: str) -> list[str]:
    """The names of the rows, in their order."""
    page = browser.get(f"/admin/{noun}/", query_string=asked).text
    return re.findall(rf'href="/admin/{noun}/details/\?id=\d+">([^<]+)<', page)


def test_names_are_sorted_as_people_read_them(signed_in: SignIn) -> None:
    names = ["ábel", "Adam", "de Vries", "Émile", "Zofia"]
    with transaction() as session:
        session.add_all(noun(name=name) for noun in (Contact, Opportunity) for name in reversed(names))
    viewer = signed_in("viewer")
    assert listed(viewer, "contact") == listed(viewer, "opportunity", sort="0") == names
    for noun in ("contact", "opportunity"):
        assert listed(viewer, noun, sort="0", desc="1") == names[::-1]


@pytest.mark.parametrize("typed", ["%", "_", "^Ada", "=Ada"])
def test_signs_that_mean_something_to_a_database_mean_themselves_in_each_list(signed_in: SignIn, typed: str) -> None:
    builders.a_contact(name="Ada")
    assert listed(signed_in("viewer"), "contact", search=typed) == []
    assert listed(signed_in("viewer"), "contact", search="Ada") == ["Ada"]


def test_the_audit_log_keeps_what_was_typed_and_nothing_that_follows_from_it(signed_in: SignIn) -> None:
    signed_in("staff").post_form("/admin/contact/new/", {"name": "Zoë"})
    db.session.rollback()
    kept = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.create")).one().after
    assert kept is not None
    assert (kept["name"], "folded" in kept) == ("Zoë", False)
