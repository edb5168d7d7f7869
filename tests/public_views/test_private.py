"""Whatever answers at a customer's address is kept from search engines, caches and other sites."""

import builders
import pytest
from cast import Browser
from customers import link
from flask import Flask
from werkzeug.test import TestResponse

from models.brand_file import BrandFile
from public_views import guessing
from tasks import transaction

WAYS = [
    ("GET", "{link}", 200),
    ("HEAD", "{link}", 200),
    ("POST", "{link}", 400),
    ("DELETE", "{link}", 405),
    ("GET", "{link}/invoice.pdf", 200),
    ("GET", "{link}/status", 200),
    ("GET", "{link}/reminders", 200),
    ("GET", "{link}/credit-note/none.pdf", 303),
    ("POST", "{link}/viewed", 400),
    ("GET", "/pay", 308),
    ("GET", "/pay/", 404),
    ("GET", "/pay/made-up", 404),
    ("POST", "/pay/made-up/none", 405),
    ("GET", "/brand/none", 404),
    ("POST", "/brand/none", 405),
]


def refuse_unless_private(answer: TestResponse) -> None:
    headers = answer.headers
    assert (headers["Referrer-Policy"], headers["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "path", "code"), WAYS)
def test_every_answer_is_private(browser: Browser, method: str, path: str, code: int) -> None:
    its = link(builders.a_sent_invoice()) if "{link}" in path else ""
    answer = browser.open(path.format(link=its), method=method)
    assert answer.status_code == code
    refuse_unless_private(answer)


def test_so_are_one_wrong_link_too_many_and_an_error_of_ours(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guessing, "too_many", lambda: True)
    monkeypatch.setitem(app.view_functions, "pay.status", lambda token: {}[token])
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    for path, code in (("/pay/made-up", 429), ("/pay/x/status", 500)):
        answer = browser.get(path)
        assert answer.status_code == code
        refuse_unless_private(answer)


def test_a_logo_is_kept_by_browsers_and_found_by_nobody(browser: Browser) -> None:
    with transaction() as session:
        session.add(BrandFile(digest="0" * 64, media_type="image/png", width=48, height=48, picture=b"a picture"))
    headers = browser.get(f"/brand/{'0' * 64}").headers
    assert headers["Cache-Control"].endswith("immutable")
    assert (headers["Referrer-Policy"], headers["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_other_pages_keep_their_own_rules(browser: Browser) -> None:
    headers = browser.get("/payments").headers
    assert (headers["Referrer-Policy"], "X-Robots-Tag" in headers) == ("same-origin", False)
