"""Why a message must not go out any more: it asks for what is not due, or tells what is not so any more.

Each answer is one of SUPERSEDED_WORDS, or nothing; `at` is now on the organization's clock.
"""

from dataclasses import dataclass
from datetime import datetime

from models.invoice import Invoice
from models.mail import Mail
from models.payment import Payment
from models.refund import Refund
from models.reminder import is_in_hours


def invoice_overtaken(mail: Mail, invoice: Invoice, at: datetime) -> str:
    """A copy of a paid invoice, asked for after it was paid, is no longer a demand and goes out."""
    if _is_revised(mail, invoice):
        return "revised"
    return _owes_nothing(invoice) if invoice.voided_at or mail.data.get("due") else ""


def reminder_overtaken(mail: Mail, invoice: Invoice, at: datetime) -> str:
    if invoice.processing:
        return "on_its_way"
    if why := _owes_nothing(invoice):
        return why
    if _is_revised(mail, invoice):
        return "revised"
    if invoice.disputed:
        return "disputed"
    if invoice.promised_for and invoice.promised_for >= at.date():
        return "promised"
    return _is_late(mail, at) or _unwanted(mail, invoice)


@dataclass(frozen=True, slots=True)
class Received:
    """`was_told`: somebody has read that the money arrived."""

    payment: Payment
    was_told: bool


def receipt_overtaken(mail: Mail, received: Received, at: datetime) -> str:
    """Nobody reads of a payment that counts for another's invoice now, nor gets its paper; nor of one twice."""
    if received.payment.invoice_id != mail.invoice_id:
        return "moved"
    if received.payment.status == "reversed":
        return "reversed"
    return "told" if received.was_told else ""


def payment_failed_overtaken(mail: Mail, payment: Payment, at: datetime) -> str:
    """Who has paid otherwise, or is paying, needs no advice."""
    if payment.status in ("succeeded", "processing"):
        return "arrived"
    return _owes_nothing(mail.invoice) if mail.invoice else ""


@dataclass(frozen=True, slots=True)
class FailedRefund:
    """`was_told`: its customer has read that the money is on its way."""

    refund: Refund
    was_told: bool


def refund_failed_overtaken(mail: Mail, failed: FailedRefund, at: datetime) -> str:
    if failed.refund.state == "succeeded":
        return "went_back"
    return "" if failed.was_told else "untold"


def refund_overtaken(mail: Mail, refund: Refund, at: datetime) -> str:
    return "failed" if refund.state in ("failed", "canceled") else ""


def _is_revised(mail: Mail, invoice: Invoice) -> bool:
    """What it brings and what its sender wrote are of an earlier version."""
    return bool(mail.data.get("version", invoice.version) != invoice.version)


def _owes_nothing(invoice: Invoice) -> str:
    if invoice.voided_at:
        return "void"
    if invoice.due().amount:
        return ""
    return "on_its_way" if invoice.processing else "paid"


def _is_late(mail: Mail, at: datetime) -> str:
    """Nobody is written to at night, nor for a day that is over; who presses Remind chooses the hour."""
    day = mail.data.get("day")
    if day is None or (day == at.date().isoformat() and is_in_hours(at.time())):
        return ""
    return "after_hours" if day == at.date().isoformat() else "late"


def _unwanted(mail: Mail, invoice: Invoice) -> str:
    """Asked for no more since it was written; one that a person has sent is not stopped by a switch."""
    stopped = invoice.contact and invoice.contact.reminders_off_at
    if stopped and stopped >= mail.created_at:
        return "unsubscribed"
    return "reminders_off" if invoice.reminders_off and mail.made_by_id is None else ""
