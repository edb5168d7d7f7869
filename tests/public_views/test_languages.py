"""In which language customers are answered: their contact's, else their browser's, else the organization's."""

from collections.abc import Callable
from threading import Thread

import builders
import pytest
from cast import Browser
from customers import link, press, the_checkout
from flask import Flask
from pay_states import STATES

from models.organization import the_organization
from sandbox.world import World
from tasks import transaction

SignIn = Callable[[str], Browser]
RUBBISH = "x" * 10_000


def reads(browser: Browser, path: str, asked: str | None = None) -> str:
    """The language of the answer."""
    headers = {"Accept-Language": asked} if asked else {}
    page = browser.get(path, headers=headers).text
    return page.split('<html lang="', 1)[1].split('"', 1)[0]


@pytest.mark.parametrize(
    ("chosen", "asked", "read"),
    [
        ("de", "en-US", "de"),
        ("ar", None, "ar"),
        (None, "fr-CH, fr;q=0.9, en;q=0.8, *;q=0.5", "fr"),
        (None, "de-AT", "de"),
        (None, "es-419,es;q=0.9", "es"),
        (None, "ar-EG", "ar"),
        (None, "pt-BR,es;q=0.5", "es"),
    ],
)
def test_the_contacts_language_comes_first_then_the_browsers(
    browser: Browser, chosen: str | None, asked: str | None, read: str
) -> None:
    assert reads(browser, STATES["sent"].make(chosen), asked) == read


@pytest.mark.parametrize("asked", [None, "xx", "zh", "*", "", ";;q=,", RUBBISH, "de;q=0"])
def test_where_neither_says_one_of_ours_it_is_the_organizations(browser: Browser, asked: str | None) -> None:
    path = STATES["sent"].make(None)
    with transaction() as session:
        the_organization(session).language = "es"
    assert reads(browser, path, asked) == "es"
    assert reads(browser, "/pay/made-up", asked) == "es"


def test_a_link_that_is_not_known_is_answered_in_the_browsers(browser: Browser) -> None:
    assert reads(browser, "/pay/made-up", "fr") == "fr"
    assert reads(browser, "/pay/made/up", "ar-SA") == "ar"


def test_a_link_that_was_replaced_still_speaks_the_contacts(browser: Browser) -> None:
    assert reads(browser, STATES["revoked"].make("de"), "fr") == "de"


def test_a_contact_that_changes_its_language_finds_the_same_link_in_the_new_one(browser: Browser) -> None:
    contact = builders.a_contact(language="de")
    path = link(builders.a_sent_invoice(contact=contact))
    with transaction() as session:
        session.merge(contact).language = "fr"
    assert reads(browser, path) == "fr"


def test_what_a_press_is_refused_with_has_amounts_as_the_customer_writes_them(browser: Browser) -> None:
    invoice = builders.a_sent_invoice("1000.00", contact=builders.a_contact(language="de"), partial_payments=True)
    answer = press(browser, invoice, amount="5000.00")
    assert answer.status_code == 409
    assert "Es sind nur 1.000,00\N{NO-BREAK SPACE}$ offen." in answer.text


def test_each_of_two_threads_speaks_its_own(app: Flask, browser: Browser) -> None:
    paths = {code: STATES["sent"].make(code) for code in ("de", "fr")}
    read: dict[str, set[str]] = {}

    def look(code: str) -> None:
        read[code] = {reads(Browser(app), paths[code]) for _ in range(10)}

    threads = [Thread(target=look, args=(code,)) for code in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert read == {"de": {"de"}, "fr": {"fr"}}


def test_the_panel_is_in_ours_whatever_the_browser_likes(signed_in: SignIn, browser: Browser) -> None:
    staff = signed_in("staff")
    assert reads(staff, STATES["sent"].make("ar")) == "ar"
    assert reads(staff, "/admin/", "de") == "en"
    assert reads(browser, "/admin/sign-in", "ar") == "en"


def test_caches_are_told_what_the_language_depends_on(browser: Browser) -> None:
    assert "Accept-Language" in browser.get("/pay/made-up").headers["Vary"]


@pytest.mark.parametrize(
    ("chosen", "locale", "name"),
    [
        ("de", "de", "Rechnung 2026-0001"),
        ("en", "en", "Invoice 2026-0001"),
        ("ar", "auto", "فاتورة \u20682026-0001\u2069"),
    ],
)
def test_stripes_page_goes_on_in_the_customers_language(
    browser: Browser, world: World, chosen: str, locale: str, name: str
) -> None:
    invoice = builders.a_sent_invoice("64.47", contact=builders.a_contact(language=chosen))
    assert press(browser, invoice).status_code == 303
    session = world.object(str(the_checkout(invoice).stripe_id), "checkout.session")
    assert session["locale"] == locale
    assert session["_line_items"][0]["description"].strip() == name
    assert session["_intent"]["description"] == f"Invoice {invoice.number}"
    assert "payment_method_types" not in (the_checkout(invoice).params or {})


def test_a_part_is_called_one(browser: Browser, world: World) -> None:
    invoice = builders.a_sent_invoice("100.00", contact=builders.a_contact(language="fr"), partial_payments=True)
    press(browser, invoice, amount="30,00")
    session = world.object(str(the_checkout(invoice).stripe_id), "checkout.session")
    assert session["_line_items"][0]["description"] == f"Facture {invoice.number} (paiement partiel)"
    assert session["_intent"]["description"] == f"Invoice {invoice.number} (part)"
