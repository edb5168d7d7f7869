"""How templates say money and moments: in the organization's currency words and time zone."""

from datetime import date, datetime
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time, get_datetime_format
from flask import Flask
from flask_babel import get_locale
from jinja2 import pass_context
from jinja2.runtime import Context

from models.base import db
from models.due_terms import term_words
from models.language import figure, gettext, isolated, isolated_lines, number, pgettext
from models.money import Money
from models.organization import the_organization
from models.payment import method_shown
from models.printed import for_what


def language() -> str:
    """The reader's, as HTML names it."""
    return str(_locale()).replace("_", "-")


def direction() -> str:
    """`rtl` where lines begin on the right."""
    return _locale().text_direction


def money(amount: Money | int, currency: str = "") -> str:
    """`{{ invoice.due()|money }}`, or minor units with their currency: `{{ line.amount|money('USD') }}`."""
    whole = amount if isinstance(amount, Money) else Money(amount, currency)
    return figure(whole.format(str(_locale())))


def when(moment: datetime | None, style: str = "medium") -> str:
    """A moment in the organization's zone; `when('exact')` has seconds and the zone, `when('day')` no time."""
    if moment is None:
        return ""
    zone, locale = the_organization(db.session).zone, _locale()
    if style == "exact":
        return isolated(format_datetime(moment, "full", tzinfo=zone, locale=locale))
    local = moment.astimezone(zone)
    if style == "day":
        return isolated(format_date(local, "medium", locale=locale))
    date_, time = format_date(local, "medium", locale=locale), format_time(local, "short", tzinfo=zone, locale=locale)
    return isolated(get_datetime_format("medium", locale).replace("'", "").replace("{0}", time).replace("{1}", date_))


def day(value: date | None) -> str:
    return "" if value is None else isolated(format_date(value, "medium", locale=_locale()))


def term(days: int) -> str:
    """A due term as it stands on an invoice: `Net 14`."""
    return term_words(days)


def translated(text: object, context: str = "") -> str:
    """A word of a row, such as a status or a method: no catalog may know it, and nobody vouches for its markup.

    `context` says in which meaning it stands in a row that does not remember it: `{{ status|translated('invoice') }}`.
    """
    word = text if isinstance(text, str) else str(text or "")
    return (pgettext(context, word) if context else gettext(word)) if word else ""


def _isolating(translate: Any) -> Any:
    """Jinja's own, whose values turn nothing of the sentence around them."""

    @pass_context
    def isolating(context: Context, *texts: Any, **values: Any) -> Any:
        return context.call(translate, *texts, **{name: isolated(value) for name, value in values.items()})

    return isolating


def _locale() -> Locale:
    return get_locale() or Locale("en", "US")


def init_app(app: Flask) -> None:
    app.add_template_global(language)
    app.add_template_global(direction)
    app.add_template_filter(money)
    app.add_template_filter(when)
    app.add_template_filter(day)
    app.add_template_filter(number)
    app.add_template_filter(term)
    app.add_template_filter(translated)
    app.add_template_filter(isolated)
    app.add_template_filter(isolated_lines)
    app.add_template_filter(for_what)
    texts = ("gettext", "ngettext", "pgettext", "npgettext")
    app.jinja_env.globals |= {name: _isolating(app.jinja_env.globals[name]) for name in texts}
    app.add_template_filter(method_shown, "method")
