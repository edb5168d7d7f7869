"""What the command palette finds as one types: invoices by number, contacts and opportunities by name, and verbs."""

from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from admin_views.policy import may
from admin_views.shortcuts import VERBS, Verb
from models.base import db
from models.contact import Contact
from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext, reader_locale
from models.opportunity import Opportunity

MOST = 5
LONGEST = 100
SHORTEST_NAME = 2
DIGITS = 4  # of a number after its year, at least
# Sent and paid by link: what is still to be paid, and drafts, which the press issues.
PAYABLE = ("Draft", *OWED_IN)

door = Blueprint("palette", __name__, url_prefix="/admin")


def init_app(app: Flask) -> None:
    app.register_blueprint(door)


@door.get("/palette")
def find() -> tuple[Response, int]:
    """At most five of each noun; what the person may not view is not looked for."""
    if not current_user.is_authenticated:
        return jsonify(error="Please sign in."), 401
    typed = " ".join(request.args.get("q", "")[:LONGEST].replace("\0", "").split())
    return jsonify(found=_found(typed)), 200


def _found(typed: str) -> list[dict[str, str]]:
    for verb in VERBS:
        rest = verb.after(typed)
        if rest is not None and may(verb.permission) and may("invoices.view"):
            return [_pressing(verb, invoice) for invoice in _payable(rest)]
    return _invoices(typed) + _contacts(typed) + _opportunities(typed)


def _payable(typed: str) -> list[Invoice]:
    """The newest invoices that a verb can be about, by number or by their contact's name."""
    query = select(Invoice).outerjoin(Invoice.contact).where(Invoice.status.in_(PAYABLE))
    wanted = query.where(or_(_numbered(typed.split()[-1]), _begins(Contact.name, typed))) if typed else query
    shown = wanted.options(joinedload(Invoice.contact)).order_by(Invoice.id.desc()).limit(MOST)
    return list(db.session.scalars(shown))


def _invoices(typed: str) -> list[dict[str, str]]:
    """With the verbs beside it where only one is meant."""
    number = next((word for word in reversed(typed.split()) if any(map(str.isdecimal, word))), "")
    if not number or not may("invoices.view"):
        return []
    query = select(Invoice).where(_numbered(number)).options(joinedload(Invoice.contact))
    found = list(db.session.scalars(query.order_by(Invoice.number.desc(), Invoice.id.desc()).limit(MOST)))
    pages = [_item(invoice.title, _about(invoice), "invoice", id=invoice.id) for invoice in found]
    meant = found if len(found) == 1 else [invoice for invoice in found if invoice.number == number]
    return pages + [_pressing(verb, one) for one in meant for verb in VERBS if _can_press(verb, one)]


def _can_press(verb: Verb, invoice: Invoice) -> bool:
    return may(verb.permission) and invoice.status in PAYABLE


def _contacts(typed: str) -> list[dict[str, str]]:
    if len(typed) < SHORTEST_NAME or not may("contacts.view"):
        return []
    wanted = or_(_begins(Contact.name, typed), _begins(Contact.company, typed))
    found = db.session.scalars(select(Contact).where(wanted).order_by(Contact.name, Contact.id).limit(MOST))
    return [
        _item(each.name, " · ".join(filter(None, [gettext("Contact"), each.company])), "contact", id=each.id)
        for each in found
    ]


def _opportunities(typed: str) -> list[dict[str, str]]:
    if len(typed) < SHORTEST_NAME or not may("contacts.view"):
        return []
    query = select(Opportunity).where(_begins(Opportunity.name, typed))
    found = db.session.scalars(query.order_by(Opportunity.name, Opportunity.id).limit(MOST))
    return [
        _item(each.name, f"{gettext('Opportunity')} · {gettext(each.stage)}", "opportunity", id=each.id)
        for each in found
    ]


def _numbered(number: str) -> ColumnElement[bool]:
    """The beginning of a number, a number without its year, or the number of a draft."""
    wanted = Invoice.number.startswith(number, autoescape=True)
    if number.isdecimal() and number.isascii() and len(number) < 10:
        without_year = Invoice.number.endswith(f"-{int(number):0{DIGITS}d}", autoescape=True)
        wanted = or_(wanted, without_year, and_(Invoice.number.is_(None), Invoice.id == int(number)))
    return wanted


def _begins(column: InstrumentedAttribute[str], typed: str) -> ColumnElement[bool]:
    """Whether a word of the name begins so."""
    return or_(column.istartswith(typed, autoescape=True), column.icontains(f" {typed}", autoescape=True))


def _pressing(verb: Verb, invoice: Invoice) -> dict[str, str]:
    return _item(verb.naming(invoice.title), _about(invoice), "invoice", id=invoice.id, show=verb.show)


def _about(invoice: Invoice) -> str:
    amount = invoice.grand_total() if invoice.is_draft else invoice.due()
    name = invoice.contact.name if invoice.contact else ""
    parts = [name, gettext(invoice.status), amount.format(reader_locale()) if amount.amount else ""]
    return " · ".join(filter(None, parts))


def _item(label: str, hint: str, noun: str, **values: Any) -> dict[str, str]:
    return {"label": label, "hint": hint, "href": url_for(f"{noun}.details_view", **values)}
