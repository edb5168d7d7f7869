"""Settings → People, and what admins may do to each other."""

import re
from collections.abc import Callable
from typing import Any

import builders
import pytest
from builders import EMAILS
from cast import Browser, Cast
from forms import dialog, why

from models.activity import AuditEntry
from models.base import db
from models.people import SHORTEST_PASSWORD, User
from models.refusal import NotAllowed, Refused
from tasks import people

SignIn = Callable[[str], Browser]
PAGE = "/admin/people/"
NEW = {"email": "nora@example.com", "name": "Nora New", "role": "staff"}


def sign_in(browser: Browser, email: str, password: str) -> Any:
    return browser.post_form("/admin/sign-in", {"email": email, "password": password})


def test_an_admin_adds_somebody_and_sees_the_password_once(signed_in: SignIn, browser: Browser) -> None:
    admin = signed_in("admin")
    page = admin.post_form(f"{PAGE}new/", NEW, page=f"{PAGE}new/").text
    found = re.search(r'id="one-time" value="([^"]+)"', page)
    assert found
    assert len(found[1]) >= SHORTEST_PASSWORD
    assert found[1] not in admin.get(PAGE).text
    assert sign_in(browser, NEW["email"], found[1]).status_code == 302
    assert browser.get("/admin/").headers["Location"].endswith("/admin/password")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "a@example.com, b@example.com"}, "is not one email address"),
        ({"email": EMAILS["admin"]}, "can already sign in"),
        ({"email": ""}, "Write an email address."),
        ({"role": "king"}, "Not a valid choice"),
    ],
)
def test_a_person_that_cannot_be_is_refused_in_a_sentence(
    signed_in: SignIn, fields: dict[str, str], sentence: str
) -> None:
    answer = signed_in("admin").post_form(f"{PAGE}new/", NEW | fields, page=f"{PAGE}new/")
    assert answer.status_code == 400
    assert sentence in answer.text


def test_everybody_finds_an_admin_and_manages_nobody(signed_in: SignIn) -> None:
    builders.person("admin")
    viewer = signed_in("viewer")
    assert EMAILS["admin"] in viewer.get(PAGE).text
    assert "Disable" not in viewer.get(f"{PAGE}details/?id=1").text
    assert viewer.post_form(f"{PAGE}disable", {"id": "1"}).status_code == 403


def test_disabling_ends_open_sign_ins_at_once(signed_in: SignIn) -> None:
    staff, admin = signed_in("staff"), signed_in("admin")
    assert staff.get("/admin/").status_code == 200
    admin.post_form(f"{PAGE}disable", {"id": str(builders.person("staff").id)}, page=PAGE)
    assert staff.get("/admin/").status_code == 302
    admin.post_form(f"{PAGE}enable", {"id": str(builders.person("staff").id)}, page=PAGE)
    assert staff.get("/admin/").status_code == 302
    assert sign_in(staff, EMAILS["staff"], builders.PASSWORD).headers["Location"].endswith("/admin/")


def test_nobody_disables_himself_or_changes_his_own_role(cast: Cast) -> None:
    for attempt in (
        lambda: people.disable(cast.admin.id, cast.admin),
        lambda: people.change_role(cast.admin.id, "viewer", cast.admin),
        lambda: people.renew_password(cast.admin.id, builders.PASSWORD, cast.admin),
    ):
        with pytest.raises(Refused):
            attempt()
    assert db.session.get_one(User, cast.admin.id).is_active


def test_a_new_password_ends_sign_ins_and_asks_for_an_own_one(signed_in: SignIn) -> None:
    staff, admin = signed_in("staff"), signed_in("admin")
    page = admin.post_form(f"{PAGE}password", {"id": str(builders.person("staff").id)}, page=PAGE).text
    found = re.search(r'id="one-time" value="([^"]+)"', page)
    assert found
    assert staff.get("/admin/").status_code == 302
    sign_in(staff, EMAILS["staff"], found[1])
    assert staff.get("/admin/").headers["Location"].endswith("/admin/password")


def test_a_new_role_is_held_at_the_next_press(signed_in: SignIn) -> None:
    viewer, admin = signed_in("viewer"), signed_in("admin")
    assert viewer.get("/admin/invoice/new/").status_code == 403
    admin.post_form(f"{PAGE}role", {"id": str(builders.person("viewer").id), "role": "Staff"}, page=PAGE)
    assert viewer.get("/admin/invoice/new/").status_code == 200


def test_only_who_manages_people_manages_them(cast: Cast) -> None:
    for attempt in (people.disable, people.enable):
        with pytest.raises(NotAllowed):
            attempt(cast.viewer.id, cast.finance)


def test_an_admin_sets_and_lifts_the_limit_of_a_role(signed_in: SignIn) -> None:
    admin = signed_in("admin")
    for amount, shown in (("500", "$500.00"), ("0", "$0.00"), ("", "No limit")):
        form = {"role": "Staff", "amount": amount, "currency": "USD"}
        page = admin.post_form(f"{PAGE}limit", form, follow_redirects=True).text
        staff = page[page.index('id="limits"') :].split("<td")[2]
        assert shown in staff
    db.session.rollback()
    lines = db.session.query(AuditEntry).filter_by(action="role.refund_limit").order_by(AuditEntry.id).all()
    assert [line.after for line in lines] == [{"refund_limit": text} for text in ("$500.00", "$0.00", None)]


@pytest.mark.parametrize(("amount", "currency"), [("-5", "USD"), ("1e3", "USD"), ("5.001", "USD"), ("5", "XXY")])
def test_a_limit_that_is_none_is_refused_in_a_sentence(signed_in: SignIn, amount: str, currency: str) -> None:
    form = {"role": "Staff", "amount": amount, "currency": currency}
    page = signed_in("admin").post_form(f"{PAGE}limit", form, follow_redirects=True).text
    assert [bool(why(dialog(page, name))) for name in ("limit-2", "limit-3")] == [True, False]
    assert db.session.query(AuditEntry).filter_by(action="role.refund_limit").count() == 0


def test_a_role_that_refunds_nothing_has_no_limit_to_set(signed_in: SignIn) -> None:
    page = signed_in("admin").get(PAGE).text
    assert "Viewer" not in page[page.index('id="limits"') :]


def test_only_who_manages_people_sets_limits(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        people.set_refund_limit("staff", None, cast.finance)
