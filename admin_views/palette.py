"""What the command palette finds as one types: invoices by number, contacts and opportunities by name, and verbs."""

from collections.abc import Iterable, Iterator
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request, url_for
from flask_login import current_user
from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import joinedload

from admin_views.fields import row_id
from admin_views.palette_verbs import VERBS, Verb
from admin_views.policy import may, not_signed_in
from models.base import db
from models.contact import Contact
from models.folded import begins, fold
from models.invoice import Invoice
from models.language import gettext, isolated, pgettext, reader_locale
from models.opportunity import Opportunity

MOST = 5
LONGEST = 100
SHORTEST_NAME = 2
DIGITS = 4  # of a number after its year, at least

door = Blueprint("palette", __name__, url_prefix="/admin")


def init_app(app: Flask) -> None:
    app.register_blueprint(door)


@door.get("/palette")
def find() -> tuple[Response, int]:
    """At most five of each noun; what the person may not view is not looked for."""
    if not current_user.is_authenticated:
        return not_signed_in()
    typed = " ".join(request.args.get("q", "")[:LONGEST].replace("\0", "").split())
    return jsonify(found=_found(typed)), 200


def here() -> list[dict[str, Any]]:
    """What can be done with the invoice on whose page this request is."""
    invoice_id = row_id(request.args.get("id")) if request.endpoint == "invoice.details_view" else None
    if invoice_id is None or not may("invoices.view"):
        return []
    return [
        _pressing(verb, invoice)
        | {"keywords": gettext(verb.keywords), "verb": gettext(verb.label), "here": _names(invoice)}
        for invoice, verbs in _with_verbs(select(Invoice).where(Invoice.id == invoice_id), _allowed())
        for verb in verbs
    ]


def _names(invoice: Invoice) -> list[str]:
    """What means this invoice and no other."""
    return [invoice.title, *filter(None, [invoice.number])]


def _found(typed: str) -> list[dict[str, str]]:
    """A verb that is typed stands first, unless it can be done with nothing of what is typed behind it."""
    pressings = [_pressing(verb, one) for verb, rest in _typed_verbs(typed) for one in _meant(verb, rest)]
    return (pressings or _invoices(typed)) + _contacts(typed) + _opportunities(typed)


def _typed_verbs(typed: str) -> list[tuple[Verb, str]]:
    """The verb that is typed, with what is typed behind it."""
    allowed = _allowed() if may("invoices.view") else []
    behind = ((verb, verb.after(typed)) for verb in allowed)
    return [(verb, rest) for verb, rest in behind if rest is not None][:1]


def _allowed() -> list[Verb]:
    return [verb for verb in VERBS if may(verb.permission)]


def _meant(verb: Verb, typed: str) -> list[Invoice]:
    """The newest invoices that a verb can be about, by number or by contact's name; what is named stands first."""
    query = select(Invoice).outerjoin(Invoice.contact).where(verb.fits)
    if typed:
        number = typed.split()[-1]
        wanted = or_(_named(typed, number), begins(Contact.folded, typed))
        query = query.where(wanted).order_by(_exactly(number))
    shown = query.options(joinedload(Invoice.contact)).order_by(Invoice.id.desc()).limit(MOST)
    return list(db.session.scalars(shown))


def _invoices(typed: str) -> list[dict[str, str]]:
    """With the verbs beside it where only one is meant."""
    number = next((word for word in reversed(typed.split()) if any(map(str.isdecimal, word))), "")
    if not number or not may("invoices.view"):
        return []
    query = select(Invoice).outerjoin(Invoice.contact).where(_named(typed, number))
    query = query.order_by(_exactly(number), Invoice.number.desc())
    found = list(_with_verbs(query.order_by(Invoice.id.desc()).limit(MOST), _allowed()))
    pages = [_item(invoice.title, _about(invoice), "invoice", id=invoice.id) for invoice, _ in found]
    meant = found if len(found) == 1 else [(one, verbs) for one, verbs in found if one.number == number]
    return pages + [_pressing(verb, one) for one, verbs in meant for verb in verbs]


def _with_verbs(query: Select[Invoice], verbs: Iterable[Verb]) -> Iterator[tuple[Invoice, list[Verb]]]:
    """Each invoice with those of the verbs that it fits."""
    fits = query.options(joinedload(Invoice.contact)).add_columns(*(verb.fits for verb in verbs))
    for invoice, *fit in db.session.execute(fits):
        yield invoice, [verb for verb, is_fit in zip(verbs, fit, strict=True) if is_fit]


def _contacts(typed: str) -> list[dict[str, str]]:
    if len(typed) < SHORTEST_NAME or not may("contacts.view"):
        return []
    query = select(Contact).where(begins(Contact.folded, typed))
    found = db.session.scalars(query.order_by(Contact.folded, Contact.id).limit(MOST))
    return [
        _item(each.name, " · ".join(filter(None, [gettext("Contact"), each.company])), "contact", id=each.id)
        for each in found
    ]


def _opportunities(typed: str) -> list[dict[str, str]]:
    if len(typed) < SHORTEST_NAME or not may("contacts.view"):
        return []
    query = select(Opportunity).where(begins(Opportunity.folded, typed))
    found = db.session.scalars(query.order_by(Opportunity.folded, Opportunity.id).limit(MOST))
    return [
        _item(each.name, f"{gettext('Opportunity')} · {pgettext('opportunity', each.stage)}", "opportunity", id=each.id)
        for each in found
    ]


def _named(typed: str, number: str) -> ColumnElement[bool]:
    """Whether an invoice has this number and all that is typed beside it: its noun, a verb, words of its contact."""
    verbs = (f"{gettext(verb.label)} {gettext(verb.keywords)}" for verb in VERBS)
    nouns = (gettext("Invoice %(number)s", number=""), gettext("Draft %(number)s", number=""))
    ours = fold(" ".join([*nouns, *verbs])).replace(",", "").split()
    others = [word for word in typed.split() if word != number and not any(w.startswith(fold(word)) for w in ours)]
    return and_(_numbered(number), *(begins(Contact.folded, word) for word in others))


def _numbered(number: str) -> ColumnElement[bool]:
    """The beginning of a number, a number without its year, or the number of a draft."""
    wanted = Invoice.number.startswith(number, autoescape=True)
    if number.isdecimal() and number.isascii() and len(number) < 10:
        without_year = Invoice.number.endswith(f"-{int(number):0{DIGITS}d}", autoescape=True)
        wanted = or_(wanted, without_year, and_(Invoice.number.is_(None), Invoice.id == int(number)))
    return wanted


def _exactly(number: str) -> ColumnElement[int]:
    """What has this very number comes before what only begins so."""
    return case((Invoice.number == number, 0), else_=1)


def _pressing(verb: Verb, invoice: Invoice) -> dict[str, str]:
    return _item(verb.naming(invoice.title), _about(invoice), "invoice", verb.page, id=invoice.id, show=verb.show)


def _about(invoice: Invoice) -> str:
    amount = invoice.grand_total() if invoice.is_draft else invoice.due()
    name = invoice.contact.name if invoice.contact else ""
    figure = amount.format(reader_locale()) if amount.amount else ""
    return " · ".join(filter(None, (isolated(name), pgettext("invoice", invoice.status), figure)))


def _item(label: str, hint: str, noun: str, page: str = "details_view", **values: Any) -> dict[str, str]:
    return {"label": label, "hint": hint, "href": url_for(f"{noun}.{page}", **values)}
