"""Reminding customers of what is due: by a press, or by themselves on the days that the organization has chosen."""

from collections.abc import Iterable

from sqlalchemy import select

from models.activity import log, tell
from models.base import locked
from models.clock import now
from models.contact import Contact
from models.invoice import Invoice, new_operation
from models.language import gettext
from models.mail import CAN_WAIT, NOW, Mail
from models.organization import Organization, the_organization
from models.people import User, require
from models.refusal import Refused
from models.reminder import Reminder, is_hour, is_step_of, known_steps, undecided
from models.reminding import hindrances, is_reader, refuse_reminding
from models.stripe_account import active_account
from tasks import once_more, reading, transaction
from tasks.messages import queue_mail

# So many are decided on at a time; the clock asks again in a minute.
BATCH = 500


@once_more
def remind(invoice_id: int, by: User, operation: str, rank: int = NOW) -> int:
    """Email the contact what is still due, with the pay link; the id of the message. The same operation reminds once.

    Refuses what is not owed, on its way, disputed or promised for a later day, what was never sent, changed since,
    or sent less than a day ago; who has asked for no more reminders; and whatever `send_invoice` refuses of the
    contact and of Stripe.
    """
    require(by, "invoices.send")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        cause = f"reminder:{invoice_id}:{operation}"
        if reminded := session.scalars(select(Mail.id).where(Mail.cause == cause)).one_or_none():
            return reminded
        refuse_reminding(session, invoice, the_organization(session).today())
        account = active_account(session)
        if account is None:
            raise Refused(gettext("Connect Stripe to send a reminder: it asks to pay online."))
        account.refuse_unless_chargeable()
        mail = queue_mail(session, "reminder", cause, invoice, invoice.recipient(), by=by, rank=rank)
        log(session, by, "invoice.remind", f"invoice:{invoice.id}", after={"to": mail.to_address})
        return mail.id


def send_reminders() -> None:
    """Decide on each reminder of today that nobody has decided on: it is sent, or left out for good; scheduled.

    It may be asked for at any time and by several at once. Between nine in the morning and eight in the evening of
    the organization, of invoices that are due after the day on which reminders were switched on.
    """
    with reading() as session:
        organization = the_organization(session)
        found = undecided(session, organization, BATCH) if is_hour(organization) else []
    for invoice_id, days in found:
        _decide(invoice_id, days)


@once_more
def _decide(invoice_id: int, days: int) -> None:
    """Its due date and the organization's choice are as they are now, not as they were when it was found."""
    with transaction() as session:
        invoice, organization = locked(session, Invoice, invoice_id), the_organization(session)
        today = organization.today()
        if not is_step_of(today, days, invoice, organization):
            return
        why = next(hindrances(session, invoice, organization), "")
        reminder = Reminder.decide(session, invoice, days, today, why)
        if reminder and not why:
            cause = f"reminder:{invoice.id}:{reminder.due_date.isoformat()}:{days}"
            to = invoice.recipient()
            mail = queue_mail(session, "reminder", cause, invoice, to, subject_id=reminder.id, rank=CAN_WAIT)
            mail.data = mail.data | {"day": today.isoformat()}
            reminder.mail_id = mail.id


@once_more
def change_reminders(by: User, days: Iterable[int]) -> None:
    """Switch reminders on for these days after the due date, or off for none; due dates that are over stay in peace.

    While they are on, other days may be chosen: since when they are on stays. Refuses days that are not offered.
    """
    require(by, "settings.edit")
    chosen = known_steps(days)
    with transaction() as session:
        organization = locked(session, Organization, 1)
        before = _kept(organization)
        organization.reminder_days = chosen
        organization.reminders_since = (organization.reminders_since or organization.today()) if chosen else None
        if before != _kept(organization):
            log(session, by, "organization.reminders", "organization:1", before, _kept(organization))


def _kept(organization: Organization) -> dict[str, object]:
    since = organization.reminders_since
    return {"days": list(organization.reminder_days), "since": since.isoformat() if since else None}


@once_more
def switch_reminders(invoice_id: int, by: User, on: bool) -> None:
    """Whether this one invoice's customer is reminded by itself."""
    require(by, "invoices.edit")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        if invoice.reminders_off is not on:
            return
        invoice.reminders_off = not on
        kind = "reminders_on" if on else "reminders_off"
        tell(session, kind, f"invoice:{invoice.id}:{kind}:{new_operation()}", invoice.id, user_id=by.id)
        log(session, by, f"invoice.{kind}", f"invoice:{invoice.id}")


@once_more
def stop_reminders(invoice_id: int, token: str, mark: str) -> None:
    """The reader of a reminder wants none any more, of no invoice; messages to them that wait stay here.

    Whoever reads a copy, or at an address that the contact has no longer, gets none anyway and stops nobody else's.
    """
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        contact = locked(session, Contact, invoice.contact_id) if invoice.contact_id else None
        if contact is None or contact.reminders_off_at or not is_reader(contact, token, mark):
            return
        contact.reminders_off_at = now()
        cause = f"invoice:{invoice.id}:reminders_stopped:{new_operation()}"
        tell(session, "reminders_stopped", cause, invoice.id, actor="customer")


@once_more
def allow_reminders(contact_id: int, by: User) -> None:
    """The contact has told staff that they want to be reminded again."""
    require(by, "contacts.edit")
    with transaction() as session:
        contact = locked(session, Contact, contact_id)
        if contact.reminders_off_at is None:
            return
        before = contact.reminders_off_at.isoformat()
        contact.reminders_off_at = None
        log(session, by, "contact.allow_reminders", f"contact:{contact.id}", {"reminders_off_at": before})
