"""The organization's logo: uploaded, drawn anew, shown."""

import io
import re
from collections.abc import Callable

import builders
import pytest
from cast import Browser
from customers import look
from PIL import Image, PngImagePlugin
from sqlalchemy import select

from models.activity import AuditEntry
from models.base import db
from models.brand_file import BrandFile
from models.organization import the_organization
from models.refusal import NotAllowed, Refused
from tasks.organization import change_logo, remove_logo
from tasks.pictures import logo_from

SignIn = Callable[[str], Browser]
PAGE = "/admin/organization/"
pytestmark = pytest.mark.usefixtures("app")


def a_picture(width: int = 900, height: int = 300, kind: str = "PNG", **how: object) -> bytes:
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(file, kind, **how)
    return file.getvalue()


def a_gray_picture(bits: int, **how: object) -> bytes:
    """From black to white, each gray in 8 or in 16 bits."""
    file, gray = io.BytesIO(), Image.linear_gradient("L").resize((300, 100))
    deep = Image.frombytes("I;16", gray.size, b"".join(bytes((level, level)) for level in gray.tobytes()))
    (gray if bits == 8 else deep).save(file, "PNG", **how)
    return file.getvalue()


def kept() -> list[BrandFile]:
    db.session.rollback()
    return list(db.session.scalars(select(BrandFile)))


def upload(browser: Browser, file: bytes) -> str:
    """The page that is shown afterwards."""
    data = {"logo": (io.BytesIO(file), "logo.png")}
    answer = browser.post_form(f"{PAGE}logo", data, page=PAGE, headers={"Referer": f"http://localhost{PAGE}"})
    assert answer.status_code == 303
    return browser.get(PAGE).text


def test_an_uploaded_logo_stands_on_the_pay_page_and_is_kept_by_browsers(signed_in: SignIn, browser: Browser) -> None:
    shown = upload(signed_in("admin"), a_picture())
    found = re.search(
        r'<img src="(/brand/[0-9a-f]{64})" width="432" height="144" alt="">', look(browser, builders.a_sent_invoice())
    )
    assert found
    assert found[1] in shown
    answer = browser.get(found[1])
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert Image.open(io.BytesIO(answer.data)).size == (432, 144)
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_grays_of_sixteen_bits_are_the_grays_that_they_were() -> None:
    assert logo_from(a_gray_picture(16)) == logo_from(a_gray_picture(8))
    assert logo_from(a_gray_picture(16, transparency=65535)) == logo_from(a_gray_picture(8, transparency=255))


def test_nothing_of_the_file_but_its_picture_is_kept() -> None:
    said = PngImagePlugin.PngInfo()
    said.add_text("Author", "somebody at home")
    change_logo(builders.person("admin"), a_picture(pnginfo=said))
    change_logo(
        builders.person("admin"), a_picture(kind="JPEG", comment=b"somebody at home", icc_profile=b"x" * 90_000)
    )
    pictures = [each.picture for each in kept()]
    assert len(pictures) == 2
    assert all(b"somebody" not in picture and len(picture) <= 40_000 for picture in pictures)


@pytest.mark.both_databases
def test_the_same_picture_is_kept_once_and_who_changed_it_is_logged() -> None:
    for _ in range(2):
        change_logo(builders.person("admin"), a_picture())
    remove_logo(builders.person("admin"))
    (one,) = kept()
    assert the_organization(db.session).logo_id is None
    logged = db.session.scalars(select(AuditEntry.after).where(AuditEntry.action == "organization.logo"))
    assert [after["logo"] for after in logged if after] == [one.digest, one.digest, None]


WRONG = {
    "nothing": b"",
    "a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "another kind": a_picture(kind="GIF"),
    "half of it": a_picture()[:400],
    "too many pixels": a_picture(5000, 4000),
}


@pytest.mark.parametrize("file", WRONG.values(), ids=list(WRONG))
def test_what_is_no_small_picture_is_refused_with_a_sentence(file: bytes) -> None:
    with pytest.raises(Refused):
        change_logo(builders.person("admin"), file)
    assert kept() == []


def test_a_refused_file_leads_back_to_the_settings(signed_in: SignIn) -> None:
    assert "Upload a PNG or a JPEG file." in upload(signed_in("admin"), b"no picture")


def test_only_who_may_edit_settings_changes_the_logo() -> None:
    for change in (
        lambda: change_logo(builders.person("finance"), a_picture()),
        lambda: remove_logo(builders.person("staff")),
    ):
        with pytest.raises(NotAllowed):
            change()


def test_a_made_up_logo_is_not_found(browser: Browser) -> None:
    for digest in ("0" * 64, "x", "%00", "a" * 5000, "../../etc/passwd"):
        assert browser.get(f"/brand/{digest}").status_code == 404
