"""What people and machines are told when something is refused, missing or broken."""

from collections.abc import Callable

import builders
import pytest
from cast import Browser
from conftest import build_app
from flask import Flask

from models.people import role_named
from models.refusal import Conflict, NotFound, OutsideError, Refused
from tasks import transaction

SignIn = Callable[[str], Browser]


def test_a_403_names_what_is_missing_and_who_can_give_it(signed_in: SignIn) -> None:
    admin = builders.person("admin")
    answer = signed_in("viewer").get("/admin/organization/")
    assert answer.status_code == 403
    assert "It needs “Change settings”, which the role Viewer does not have." in answer.text
    assert f"{admin.name} can give you the permission." in answer.text


def test_a_403_without_admins_says_whom_to_ask(signed_in: SignIn) -> None:
    answer = signed_in("viewer").get("/admin/organization/")
    assert "An admin of your organization can give you the permission." in answer.text


@pytest.mark.parametrize(
    ("door", "form", "missing"),
    [
        ("/admin/invoice/void/", {"id": "1"}, "Void invoices"),
        ("/admin/invoice/action/", {"action": "send", "rowid": "1"}, "Send invoices"),
        ("/admin/refund/approve/", {"id": "1"}, "Approve refunds"),
        ("/admin/contact/new/", {"name": "Ada"}, "Change contacts and opportunities"),
    ],
)
def test_a_forged_press_names_what_it_needs(signed_in: SignIn, door: str, form: dict[str, str], missing: str) -> None:
    answer = signed_in("viewer").post_form(door, form)
    assert answer.status_code == 403
    assert f"It needs “{missing}”" in answer.text


def test_what_is_no_action_is_not_understood_and_nobody_can_permit_it(signed_in: SignIn) -> None:
    answer = signed_in("admin").post_form("/admin/invoice/action/", {"action": "shred", "rowid": "1"})
    assert answer.status_code == 400
    assert "can give you the permission" not in answer.text


def test_nobody_is_sent_to_themselves_for_a_permission(signed_in: SignIn) -> None:
    with transaction() as session:
        role_named(session, "admin").permissions = ["people.manage"]
    admin = builders.person("admin")
    answer = signed_in("admin").get("/admin/organization/")
    assert (answer.status_code, f"{admin.name} can give you the permission" in answer.text) == (403, False)


def test_a_404_leads_staff_back_and_customers_nowhere_else(signed_in: SignIn) -> None:
    staff = signed_in("viewer").get("/admin/made-up")
    assert (staff.status_code, "Go to the dashboard" in staff.text) == (404, True)
    public = signed_in("viewer").get("/made-up")
    assert (public.status_code, "Go to the dashboard" in public.text) == (404, False)


def test_who_is_signed_in_keeps_the_frame_and_others_are_not_shown_it(signed_in: SignIn, browser: Browser) -> None:
    found = signed_in("viewer").get("/admin/made-up").text
    assert ('id="sidebar"' in found, 'id="palette"' in found, "aria-current" in found.split("topbar")[0]) == (
        True,
        True,
        False,
    )
    assert 'id="sidebar"' not in browser.get("/admin/made-up").text


def test_a_page_that_went_wrong_does_not_refresh_itself(signed_in: SignIn) -> None:
    assert "data-pulse" not in signed_in("viewer").get("/admin/made-up").text


def test_an_invoice_that_is_not_there_leads_to_the_list_and_its_search(signed_in: SignIn) -> None:
    answer = signed_in("viewer").get("/admin/invoice/details/?id=999")
    assert answer.status_code == 404
    assert "<h1>There is no such invoice</h1>" in answer.text
    assert 'action="/admin/invoice/"' in answer.text
    assert 'class="btn btn-primary" href="/admin/invoice/">Invoices</a>' in answer.text


def test_a_form_without_its_token_is_to_be_sent_again(signed_in: SignIn) -> None:
    answer = signed_in("admin").post("/admin/stripe/connect")
    assert answer.status_code == 400
    assert "This form has expired" in answer.text
    assert "Go back, reload the page and send it again." in answer.text


def test_an_expired_form_keeps_the_frame_and_leads_back_to_its_page(signed_in: SignIn, browser: Browser) -> None:
    page = {"Referer": "http://localhost/admin/stripe/"}
    answer = signed_in("admin").post("/admin/stripe/connect", headers=page)
    assert 'id="sidebar"' in answer.text
    assert 'href="/admin/stripe/">Open the page again</a>' in answer.text
    stranger = browser.post("/admin/sign-in", headers={"Referer": "http://localhost/admin/sign-in"})
    assert ("This form has expired" in stranger.text, 'id="sidebar"' in stranger.text) == (True, False)


def test_too_much_is_a_413(browser: Browser) -> None:
    answer = browser.post("/admin/sign-in", data={"email": "a" * 2_000_000})
    assert answer.status_code == 413
    assert "That is too large" in answer.text


def test_machines_get_json(browser: Browser) -> None:
    answer = browser.get("/webhooks/stripe")
    assert answer.status_code == 405
    assert answer.json["error"]


def test_a_500_has_a_reference_and_no_secrets(app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise ZeroDivisionError("secret inside")

    browser = signed_in("viewer")
    monkeypatch.setitem(app.view_functions, "integrations.index", broken)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/admin/integrations/", headers={"X-Request-ID": "reference-17"})
    assert answer.status_code == 500
    assert "reference-17" in answer.text
    assert "secret inside" not in answer.text


REFUSALS = (
    (Refused("No."), 400),
    (NotFound("No."), 404),
    (Conflict("No."), 409),
    (OutsideError("No.", permanent=True), 502),
)


@pytest.mark.parametrize(("error", "code"), REFUSALS)
def test_a_refusal_anywhere_is_a_sentence_and_never_a_500(
    app: Flask, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    def refuse() -> str:
        raise error

    browser = signed_in("viewer")
    monkeypatch.setitem(app.view_functions, "integrations.index", refuse)
    answer = browser.get("/admin/integrations/")
    assert answer.status_code == code
    assert "No." in answer.text or code == 502


@pytest.mark.parametrize(
    ("referer", "target"),
    [
        ("http://localhost/admin/message/details/?id=1", "/admin/message/details/?id=1"),
        ("http://evil.example/admin/message/", None),
        ("http://localhost//evil.example", None),
        ("", None),
    ],
)
def test_a_refused_press_leads_back_to_its_own_page_only(signed_in: SignIn, referer: str, target: str | None) -> None:
    admin = signed_in("admin")
    answer = admin.post_form("/admin/stripe/disconnect", page="/admin/stripe/", headers={"Referer": referer})
    assert answer.headers.get("Location") == target
    assert answer.status_code == (303 if target else 400)
    sentence = admin.get("/admin/").text if target else answer.text
    assert "No Stripe account is connected." in sentence


def test_another_schema_is_a_503_that_names_the_command(tmp_path: object) -> None:
    door = build_app(f"sqlite:///{tmp_path}/empty.db").test_client()
    for path in ("/admin/", "/admin/sign-in", "/pay/made-up"):
        answer = door.get(path)
        assert answer.status_code == 503
        assert "flask --app app db upgrade" in answer.text
    assert "upgrade" in door.post("/webhooks/stripe").json["error"]
    assert door.get("/healthz").status_code == 200
    assert door.get("/readyz").status_code == 503


@pytest.mark.both_databases
def test_a_nul_is_refused_before_any_database_sees_it(browser: Browser, signed_in: SignIn) -> None:
    staff = signed_in("staff")
    assert staff.get("/admin/invoice/?search=a%00b").status_code == 400
    assert staff.post_form("/admin/contact/new/", {"name": "a\0b"}).status_code == 400
    assert browser.post_form("/admin/sign-in", {"email": "a\0b", "password": "c"}).status_code == 400


def test_after_signing_in_nobody_is_sent_to_what_is_no_address(browser: Browser) -> None:
    builders.person("staff")
    form = {"email": builders.EMAILS["staff"], "password": builders.PASSWORD, "next": "/admin/\r\nSet-Cookie: a=b"}
    assert browser.post_form("/admin/sign-in", form).headers["Location"] == "/admin/"


@pytest.mark.parametrize(("path", "field"), [("contact", "contact_id"), ("retry-mail", "mail")])
def test_an_id_larger_than_any_is_the_id_of_nothing(signed_in: SignIn, path: str, field: str) -> None:
    form = {"id": builders.a_draft_invoice().id, field: "9" * 25}
    assert signed_in("staff").post_form(f"/admin/invoice/{path}/", form).status_code in (302, 404)
