"""Real rows with which a message is shown before anybody gets it."""

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from models.invoice import Invoice
from models.invoice_status import OWED_IN
from models.language import gettext
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund
from models.refusal import Refused


def example(session: Session, kind: str, number: str = "") -> Mail:
    """A message of this kind that is never kept: of the invoice with that number, else of the newest that fits.

    Refused where there is none yet.
    """
    invoice_id, subject_id = _found(session, kind, number)
    invoice = session.get_one(Invoice, invoice_id)
    to = invoice.mail_address() or "preview@example.com"
    return Mail(
        kind=kind, invoice_id=invoice.id, to_address=to, data={"subject_id": subject_id}, message_id="", note=""
    )


def _found(session: Session, kind: str, number: str) -> tuple[int, int]:
    if kind in ("invoice", "reminder"):
        return _invoice(session, number)
    return _refund(session, number) if kind.startswith("refund") else _payment(session, kind, number)


def _invoice(session: Session, number: str) -> tuple[int, int]:
    """One that is still owed, if there is one: it has something to ask for."""
    newest = select(func.max(Invoice.id)).where(*_numbered(number))
    owed = (session.scalar(newest.where(Invoice.status == status)) for status in OWED_IN)
    found = max(filter(None, owed), default=None) or session.scalar(newest.where(Invoice.issued_at.is_not(None)))
    if found is None:
        raise _none(number, gettext("There is no issued invoice yet to show it with."))
    return found, 0


def _payment(session: Session, kind: str, number: str) -> tuple[int, int]:
    """Few have failed: any payment may stand for one, best one of an invoice of which something is due."""
    known = select(Payment).join(Payment.invoice).where(*_numbered(number)).limit(1)
    newest = known.order_by(Payment.paid_at.desc(), Payment.id.desc())
    failed = newest.where(Payment.status == "failed")
    partly = select(func.max(Invoice.id)).where(Invoice.status == "Partially Paid", *_numbered(number))
    of_partly = known.where(Payment.invoice_id == partly.scalar_subquery()).order_by(Payment.id.desc())
    instead = [failed.where(Invoice.status.in_(OWED_IN)), of_partly, failed, known.order_by(Payment.id.desc())]
    tries = [newest.where(Payment.status == "succeeded")] if kind == "receipt" else instead
    found = next(filter(None, map(session.scalar, tries)), None)
    if found is None or found.invoice_id is None:
        raise _none(number, gettext("There is no payment yet to show it with."))
    return found.invoice_id, found.id


def _refund(session: Session, number: str) -> tuple[int, int]:
    query = select(Refund).join(Refund.payment).join(Payment.invoice).where(*_numbered(number))
    shown = query.options(joinedload(Refund.payment)).order_by(Refund.id.desc()).limit(1)
    found = session.scalars(shown).one_or_none()
    if found is None or found.payment.invoice_id is None:
        raise _none(number, gettext("There is no refund yet to show it with."))
    return found.payment.invoice_id, found.id


def _numbered(number: str) -> tuple[ColumnElement[bool], ...]:
    return (Invoice.number == number,) if number else ()


def _none(number: str, otherwise: str) -> Refused:
    named = gettext(
        "Invoice %(number)s has nothing to show it with. Leave the number empty for the newest.", number=number
    )
    return Refused(named if number else otherwise)
