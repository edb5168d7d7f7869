"""Texts in the reader's language: who chooses it, how long it lasts, and values within lines from right to left."""

from datetime import UTC, date, datetime

import builders
import pytest
from babel.support import Translations
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from flask_babel import get_translations
from markupsafe import Markup

from models.base import db
from models.language import LANGUAGES, gettext, isolated, isolated_lines, ngettext, speak, speaking, written
from models.mail import Mail
from models.money import Money
from models.refusal import Refused
from tasks import transaction
from tasks.claiming import Claim, work_on

LRI, FSI, PDI = "\u2066", "\u2068", "\u2069"
DUE = Money(6447, "USD")


def test_a_value_stays_together_within_lines_from_right_to_left(app: Flask) -> None:
    with speaking("ar"):
        said = gettext("%(invoice)s: %(amount)s, %(day)s", invoice="2026-0041", amount=DUE, day=date(2026, 11, 3))
        counted = ngettext("%(num)s payment", "%(num)s payments", 1200)
    number, amount, day = said.split(": ")[0], *said.split(": ")[1].split(", ")
    assert number == f"{FSI}2026-0041{PDI}"
    assert (amount[0], amount[-1], "\u200f" in amount) == (LRI, PDI, False)
    assert (day[0], day[-1]) == (FSI, PDI)
    assert counted == f"{LRI}1,200{PDI} payments"


def test_the_last_dot_of_an_arabic_currency_stays_with_its_letters(app: Flask) -> None:
    with speaking("ar"):
        said = written(Money(409315, "SAR"))
    assert (said[:2], said[-4:]) == (f"{LRI}4", f"\u0633.\u200f{PDI}")


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "ar"])
def test_elsewhere_nothing_is_put_around_a_value(app: Flask, language: str) -> None:
    with speaking(language):
        said = gettext("%(invoice)s: %(amount)s", invoice="2026-0041", amount=DUE) + isolated("Grace")
    assert not {LRI, FSI, PDI} & set(said)


VALUES = """{{ due|money }} {{ 3|number }} {{ day|day }} {{ at|when }} {{ at|when('day') }} {{ name|isolated }}"""


def test_so_do_the_values_that_templates_write(app: Flask) -> None:
    values = {"due": DUE, "day": date(2026, 11, 3), "at": datetime(2026, 11, 3, tzinfo=UTC), "name": "Grace"}
    with speaking("ar"):
        said = render_template_string(VALUES + "{{ ''|isolated }}{{ none|day }}", **values, none=None)
    assert [said.count(sign) for sign in (LRI, FSI, PDI)] == [2, 4, 6]


def test_the_language_of_one_request_is_not_that_of_the_next(app: Flask) -> None:
    speak("de")
    assert gettext("%(due)s", due=DUE) == "64,47\N{NO-BREAK SPACE}$"
    here = FlaskClient(app)  # unlike the cast's browsers it shares what is around the test
    assert '<html lang="en"' in here.get("/admin/sign-in").text
    assert gettext("%(due)s", due=DUE) == "$64.47"


def test_what_is_stored_is_in_our_language_whoever_asked_for_the_work(app: Flask) -> None:
    builders.a_sent_invoice()
    with transaction() as session:
        mail = session.query(Mail).one()
        mail.wake()

    def work(claim: Claim) -> None:
        raise Refused(gettext("%(due)s is too much.", due=DUE))

    with speaking("de"):
        work_on(Mail, mail.id, work)
        assert gettext("%(due)s", due=DUE).startswith("64,47")
    db.session.rollback()
    assert mail.last_error == "$64.47 is too much."


def test_a_catalog_is_read_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    load = Translations.load
    monkeypatch.setattr(Translations, "load", lambda *args, **kwargs: read.append(args) or load(*args, **kwargs))
    for _ in range(3):
        with app.app_context(), speaking("pt"):
            get_translations()
    assert len(read) == 1


def test_each_line_of_what_somebody_wrote_turns_by_itself(app: Flask) -> None:
    with speaking("ar"):
        assert isolated_lines("12 Long Street\nBristol") == "\u206812 Long Street\u2069\n\u2068Bristol\u2069"
        assert isolated_lines("one\r\ntwo\r\n") == "\u2068one\u2069\r\n\u2068two\u2069\r\n"  # as browsers send it
    assert isolated_lines("12 Long Street\r\nBristol\n") == "12 Long Street\r\nBristol\n"
    assert isinstance(isolated_lines(Markup("a\nb")), Markup)
