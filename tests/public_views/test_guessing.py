"""Made-up links are limited; right ones are not."""

from collections.abc import Iterator

import builders
import pytest
from cast import Browser
from customers import link, press
from flask import Flask
from redis import Redis
from servers import valkey_server
from sqlalchemy import event

from models.base import db
from public_views.guessing import WRONG_LINKS, visitor


@pytest.fixture
def valkey(app: Flask) -> Iterator[Redis]:
    with valkey_server() as url:
        app.extensions["alarm"].redis = Redis.from_url(url)
        yield app.extensions["alarm"].redis
        app.extensions["alarm"].redis.close()


def test_too_many_wrong_links_are_answered_with_429(browser: Browser, valkey: Redis) -> None:
    codes = [browser.get(f"/pay/made-up-{n}").status_code for n in range(WRONG_LINKS + 1)]
    assert codes == [404] * WRONG_LINKS + [429]
    answer = browser.get("/pay/one-more")
    assert answer.headers["Retry-After"] == "600"
    assert "Too many wrong links" in answer.text


@pytest.mark.parametrize("tail", ["/", "/receipt-.pdf", "/more/of/it", "/viewed"])
def test_a_right_link_with_something_behind_it_leads_to_its_page(browser: Browser, valkey: Redis, tail: str) -> None:
    its = link(builders.a_sent_invoice())
    answers = [browser.get(its + tail) for _ in range(WRONG_LINKS + 1)]
    assert {(answer.status_code, answer.location) for answer in answers} == {(303, its)}


def test_a_wrong_link_too_many_looks_up_nothing_but_itself(browser: Browser, valkey: Redis) -> None:
    for n in range(WRONG_LINKS):
        browser.get(f"/pay/made-up-{n}")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", note := lambda *call: asked.append(call[2]))
    answer = browser.get("/pay/one-more", headers={"Accept-Language": "ar"})
    event.remove(db.engine, "before_cursor_execute", note)
    asked = [statement for statement in asked if statement.startswith("SELECT")]
    assert (answer.status_code, len(asked), 'lang="ar" dir="rtl"' in answer.text) == (429, 1, True)
    assert "My organization" not in answer.text


def test_who_has_a_right_link_pays_after_any_number_of_wrong_ones(browser: Browser, valkey: Redis) -> None:
    for n in range(WRONG_LINKS + 5):
        browser.get(f"/pay/made-up-{n}")
    invoice = builders.a_sent_invoice()
    assert browser.get(link(invoice)).status_code == 200
    assert press(browser, invoice).status_code == 303


def test_the_count_is_forgotten_and_is_of_one_address(browser: Browser, valkey: Redis) -> None:
    for n in range(WRONG_LINKS + 1):
        browser.get(f"/pay/made-up-{n}")
    (key,) = valkey.keys("paydesk:wrong-links:*")
    assert 0 < valkey.ttl(key) <= 600
    answer = browser.get("/pay/made-up", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})
    assert answer.status_code == 404


def test_who_has_a_whole_network_of_addresses_has_one_count(browser: Browser, valkey: Redis) -> None:
    addresses = [f"2001:db8:7:1::{n:x}" for n in range(1, WRONG_LINKS + 2)]
    codes = [browser.get("/pay/x", environ_overrides={"REMOTE_ADDR": each}).status_code for each in addresses]
    assert codes[-2:] == [404, 429]
    other = browser.get("/pay/x", environ_overrides={"REMOTE_ADDR": "2001:db8:7:2::1"})
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:7:1:abcd::9", "2001:db8:7:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_visitor_is_an_address_or_a_network(address: str, counted: str) -> None:
    assert visitor(address) == counted


def test_without_redis_nobody_is_limited(browser: Browser) -> None:
    codes = {browser.get(f"/pay/made-up-{n}").status_code for n in range(WRONG_LINKS + 5)}
    assert codes == {404}


def test_a_forged_header_neither_escapes_the_limit_nor_counts_for_another(browser: Browser, valkey: Redis) -> None:
    for n in range(WRONG_LINKS + 1):
        answer = browser.get(f"/pay/made-up-{n}", headers={"X-Forwarded-For": f"192.0.2.{n}"})
    assert answer.status_code == 429
    assert valkey.keys("paydesk:wrong-links:*") == [b"paydesk:wrong-links:127.0.0.1"]
