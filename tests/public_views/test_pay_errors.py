"""A customer whose page cannot be shown reads so in their language, and never a word of the house behind it."""

import builders
import pytest
from cast import Browser
from customers import link
from flask import Flask


@pytest.mark.parametrize(
    ("method", "rest"), [("DELETE", ""), ("PUT", "/status"), ("POST", "/none"), ("POST", "/return")]
)
def test_an_address_used_in_a_wrong_way_leads_back_to_the_email(browser: Browser, method: str, rest: str) -> None:
    answer = browser.open(link(builders.a_sent_invoice()) + rest, method=method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert "Please open the link from the email" in answer.text
    assert "Paydesk" not in answer.text


def test_an_error_of_ours_says_that_nobody_has_to_pay_twice(
    app: Flask, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.view_functions, "pay.page", lambda token: {}[token])
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/pay/x", headers={"X-Request-ID": "reference-17", "Accept-Language": "de"})
    assert (answer.status_code, '<html lang="de"' in answer.text) == (500, True)
    assert "reference-17" in answer.text
    assert "Paydesk" not in answer.text


def test_what_no_form_can_be_is_refused_in_the_reader_s_language(browser: Browser) -> None:
    answer = browser.post(link(builders.a_sent_invoice()), data={"amount": "1\0"}, headers={"Accept-Language": "ar"})
    assert (answer.status_code, '<html lang="ar" dir="rtl">' in answer.text) == (400, True)
