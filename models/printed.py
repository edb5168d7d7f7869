"""What a document says on paper: whole texts and figures in the language that is spoken, from what was frozen."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_percent

from models.due_terms import term_words
from models.language import figure, gettext, isolated, ngettext, number, pgettext, reader_locale, written
from models.money import Money
from models.organization import Organization
from models.payment import Payment, method_shown
from models.receipt import Standing
from models.written import TURNING

Content = dict[str, Any]
Printed = dict[str, Any]

# What no font has: a document is none with boxes in it.
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]+")


def printed_invoice(content: Content, organization: Organization) -> Printed:
    """One version of an invoice."""
    number_ = content["number"]
    title, due = gettext("Invoice %(number)s", number=number_), _day(content.get("due_date"))
    return _frame(content, organization, title) | {
        "heading": title,
        "headline": _headline(
            gettext("Total"),
            Money(content["total"], content["currency"]),
            gettext("Due %(day)s", day=due) if due else "",
        ),
        "facts": _facts(
            (pgettext("when", "Issued"), _day_words(content.get("issue_date"))),
            (gettext("Payment terms"), _term(content)),
            (gettext("Purchase order"), _text(content.get("po_number") or "")),
            (gettext("Version"), written(content["version"]) if content["version"] > 1 else ""),
        ),
        "lines": _lines(content),
        "sums": _sums(content),
        "words": _paragraphs(content.get("notes")),
        "small": _paragraphs(content.get("terms")),
    }


def printed_receipt(content: Content, payment: Payment, standing: Standing, organization: Organization) -> Printed:
    """That a payment arrived, for which version of an invoice, and how the invoice stood with it."""
    paid_on, number_ = organization.day_of(payment.paid_at), content["number"]
    received, facts = gettext("Payment received"), {"amount": payment.money, "day": paid_on, "number": number_}
    return _frame(content, organization, gettext("Receipt for %(amount)s of %(day)s, invoice %(number)s", **facts)) | {
        "heading": gettext("Receipt"),
        "about": gettext("for invoice %(number)s", number=content["number"]),
        "headline": _headline(received, payment.money, written(paid_on)),
        "facts": _facts(
            (gettext("Received"), written(paid_on)),
            (gettext("Method"), _text(method_shown(payment.method))),
            (gettext("Purchase order"), _text(content.get("po_number") or "")),
        ),
        "lines": _lines(content),
        "sums": [
            *_sums(content),
            *_unless_zero(gettext("Paid before"), standing.paid_before),
            _sum(received, payment.money, strong=True),
            *_unless_zero(gettext("On its way"), standing.on_its_way),
            _sum(gettext("Amount due"), standing.due, strong=True),
        ],
    }


def printed_credit_note(content: Content, organization: Organization) -> Printed:
    """What was given back."""
    money, title = _money(content), gettext("Credit note %(number)s", number=content["number"])
    refunded = pgettext("amount", "Refunded")
    parts = [
        (gettext("Net"), content["net"]),
        *((_rate(tax), tax["tax"]) for tax in content["taxes"]),
        (gettext("Paid too much, without tax"), content["overpaid"]),
    ]
    return _frame(content, organization, title) | {
        "heading": title,
        "about": gettext("for invoice %(number)s", number=content["invoice"]),
        "headline": _headline(refunded, money(content["total"]), ""),
        "facts": _facts(
            (pgettext("when", "Issued"), _day_words(content.get("issue_date"))),
            (pgettext("when", "Refunded"), _day_words(content.get("refunded_on"))),
            (pgettext("person", "To"), _text(method_shown(content.get("method")))),
        ),
        "sums": [_sum(label, money(amount)) for label, amount in parts if amount]
        + [_sum(refunded, money(content["total"]), strong=True)],
    }


def for_what(content: Content) -> str:
    """What a reader recognizes an invoice by: its first line, and how many more there are."""
    first, *others = [isolated(line["description"]) for line in content["lines"]] or [""]
    named = ngettext("%(first)s and %(num)s more", "%(first)s and %(num)s more", len(others), first=first)
    return named if others else str(first)


def _frame(content: Content, organization: Organization, title: str) -> Printed:
    """What every document has; older content has kept less."""
    issuer, contact = content.get("issuer") or organization.issuer(), content.get("contact")
    locale = Locale.parse(reader_locale())
    return {
        "language": locale.language,
        "direction": locale.text_direction,
        "brand": organization.brand_color,
        "title": title,
        "about": "",
        "logo": None,
        "issuer": _party(issuer),
        "to": {"label": gettext("Billed to")} | _party(contact) if contact else None,
        "lines": None,
        "words": [],
        "small": [],
        "closing": [*_help(organization), *_paragraphs(organization.footer)],
        "paging": gettext("Page %(page)s of %(pages)s", page="{page}", pages="{pages}"),
    }


def _party(party: Content) -> Content:
    """Who it is from, or to."""
    named = party.get("billing_name")
    company = "" if named else party.get("company")
    lines = [company, *(party.get("address") or "").splitlines()]
    if party.get("tax_number"):
        lines.append(gettext("Tax number %(number)s", number=_clean(party["tax_number"])))
    if party.get("registration_number"):
        lines.append(gettext("Registration number %(number)s", number=_clean(party["registration_number"])))
    return {"name": _text(named or party.get("name") or ""), "lines": [_text(line) for line in lines if line]}


def _help(organization: Organization) -> list[list[str]]:
    email, phone = organization.support_email, organization.support_phone
    if email and phone:
        return [[gettext("Questions? Write to %(email)s or call %(phone)s.", email=email, phone=phone)]]
    if phone:
        return [[gettext("Questions? Call %(phone)s.", phone=phone)]]
    return [[gettext("Questions? Write to %(email)s.", email=email)]] if email else []


def _headline(label: str, money: Money, note: str) -> Content:
    return {"label": label, "figure": written(money), "note": note}


def _facts(*facts: tuple[str, str]) -> list[tuple[str, str]]:
    return [(label, value) for label, value in facts if value]


def _lines(content: Content) -> Content:
    """A column for what at least one line has, and for the tax where that is not one and the same."""
    lines, money = content["lines"], _money(content)
    rates = {(line.get("tax_name"), line.get("tax_percent")) for line in lines}
    columns: list[tuple[str, str, Callable[[Content], str]]] = [
        (gettext("Description"), "text", lambda line: _text(line["description"])),
        (gettext("Quantity"), "figure", lambda line: number(line["quantity"])),
        (gettext("Unit price"), "figure", lambda line: written(money(line["unit_price"]))),
    ]
    if any(line.get("discount") for line in lines):
        columns.append((gettext("Discount"), "figure", lambda line: _percent(line.get("discount"))))
    if len(rates) > 1:
        columns.append((gettext("Tax"), "figure", lambda line: _percent(line.get("tax_percent"))))
    columns.append((gettext("Amount"), "figure", lambda line: written(money(line["amount"]))))
    return {
        "heads": [head for head, _, _ in columns],
        "aligned": [kind for _, kind, _ in columns],
        "rows": [[cell(line) for _, _, cell in columns] for line in lines],
    }


def _sums(content: Content) -> list[Content]:
    """As the pay page adds up: taxes above the total of net prices, and within that of gross ones."""
    money, gross = _money(content), content["prices_gross"]
    taxes = [_sum(_included(tax) if gross else _rate(tax), money(tax["tax"])) for tax in content["taxes"]]
    total = _sum(gettext("Total"), money(content["total"]), strong=True)
    if gross:
        return [total, *taxes]
    return [_sum(gettext("Subtotal"), money(content["net"])), *taxes, total] if taxes else [total]


def _sum(label: str, money: Money, strong: bool = False) -> Content:
    return {"label": label, "figure": written(money), "strong": strong}


def _unless_zero(label: str, money: Money) -> list[Content]:
    return [_sum(label, money)] if money.amount else []


def _rate(tax: Content) -> str:
    return gettext("%(tax)s %(percent)s%%", tax=_clean(tax["name"]), percent=number(tax["percent"]))


def _included(tax: Content) -> str:
    return gettext("Includes %(tax)s %(percent)s%%", tax=_clean(tax["name"]), percent=number(tax["percent"]))


def _term(content: Content) -> str:
    days = content.get("due_days")
    return "" if days is None else term_words(days)


def _percent(value: str | None) -> str:
    if value is None:
        return ""
    return figure(format_percent(Decimal(value) / 100, locale=reader_locale(), decimal_quantization=False))


def _money(content: Content) -> Callable[[int], Money]:
    return lambda amount: Money(amount, content["currency"])


def _day(kept: str | None) -> date | None:
    return date.fromisoformat(kept) if kept else None


def _day_words(kept: str | None) -> str:
    day = _day(kept)
    return written(day) if day else ""


def _paragraphs(*texts: str | None) -> list[list[str]]:
    """Each as its lines."""
    return [_texts(text.splitlines()) for text in texts if text]


def _texts(lines: Iterable[str]) -> list[str]:
    return [_text(line) for line in lines]


def _text(text: str) -> str:
    """What somebody has written, so that it turns nothing around it."""
    return str(isolated(_clean(text)))


def _clean(text: str) -> str:
    return _CONTROLS.sub(" ", text.translate(TURNING))
