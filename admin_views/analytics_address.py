"""The address of Payment Analytics: what it asks for, and what of it is not understood."""

from dataclasses import dataclass
from datetime import date

from flask import request

from admin_views import periods
from admin_views.fields import typed_day
from admin_views.periods import PRESETS, Period
from admin_views.reports import Asked
from models.counted import BASES
from models.language import gettext, lazy_gettext
from models.money import is_currency
from models.organization import Organization
from models.refusal import Refused

STEPS = {"day": lazy_gettext("By day"), "week": lazy_gettext("By week"), "month": lazy_gettext("By month")}
LONGEST_SAID = 60
FIELDS = ("from", "to", "period", "by", "basis", "currency")


@dataclass(frozen=True, slots=True)
class Address:
    """What is asked for, without what is wrong: of each such field a sentence. `typed` is every field as it stands."""

    asked: Asked
    typed: dict[str, str]
    wrong: dict[str, str]


def read(organization: Organization) -> Address:
    """The address of this request; what it leaves out is this month, in the organization's currency."""
    typed, today = {name: request.args.get(name, "").strip() for name in FIELDS}, organization.today()
    wrong = _wrong_days(typed["from"], typed["to"], today) | _wrong_choices(typed)
    right = {name: "" if name in wrong else text for name, text in typed.items()}
    days = ("", "") if {"from", "to"} & wrong.keys() else (right["from"], right["to"])
    name, period = _period(*days, right["period"], today)
    currency, basis = right["currency"] or organization.currency, right["basis"] or BASES[0]
    return Address(Asked(period, name, periods.step_of(period, right["by"]), currency, basis), typed, wrong)


def understood(organization: Organization) -> Asked:
    """The same for what is taken along, refused unless all of it is understood."""
    address = read(organization)
    if address.wrong:
        raise Refused(" ".join(address.wrong.values()))
    return address.asked


def _wrong_days(first: str, last: str, today: date) -> dict[str, str]:
    """The end that is no day; where both are, the second has the sentence on the range."""
    wrong = {end: why for end, text in (("from", first), ("to", last)) if text and (why := _why_no_day(text))}
    if last and not first:
        wrong["from"] = gettext("Choose the first day, too.")
    if first and not wrong:
        try:
            periods.typed(first, last, today)
        except Refused as error:
            wrong["to"] = str(error)
    return wrong


def _why_no_day(text: str) -> str:
    try:
        typed_day(text)
    except Refused as error:
        return str(error)
    return ""


def _wrong_choices(typed: dict[str, str]) -> dict[str, str]:
    wrong, said = {}, {name: text[:LONGEST_SAID] for name, text in typed.items()}
    if typed["period"] not in ("", *PRESETS):
        wrong["period"] = gettext("There is no range “%(text)s”.", text=said["period"])
    if typed["by"] not in ("", *STEPS):
        wrong["by"] = gettext("“%(text)s” is neither day, week nor month.", text=said["by"])
    if typed["basis"] not in ("", *BASES):
        wrong["basis"] = gettext(
            "Money counts by payment date or by invoice date, not by “%(text)s”.", text=said["basis"]
        )
    if typed["currency"] and not is_currency(typed["currency"]):
        wrong["currency"] = gettext("“%(text)s” is not a currency that we know.", text=said["currency"])
    return wrong


def _period(first: str, last: str, name: str, today: date) -> tuple[str, Period]:
    """The days that are asked for, and their name if they have one."""
    if first:
        period = periods.typed(first, last, today)
        return periods.named(period, name, today), period
    return name or "this-month", periods.preset(name, today)
