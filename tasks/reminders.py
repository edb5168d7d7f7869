"""Reminding a customer of what is due."""

from sqlalchemy import select

from models.activity import log
from models.base import locked
from models.invoice import Invoice
from models.language import gettext
from models.mail import Mail
from models.organization import the_organization
from models.people import User, require
from models.refusal import Refused
from models.reminding import refuse_reminding
from models.stripe_account import active_account
from tasks import once_more, transaction
from tasks.messages import queue_mail


@once_more
def remind(invoice_id: int, by: User, operation: str) -> int:
    """Email the contact what is still due, with the pay link; the id of the message. The same operation reminds once.

    Refuses what is not owed, on its way, disputed or promised for a later day, what was never sent, changed since,
    or sent less than a day ago; and whatever `send_invoice` refuses of the contact and of Stripe.
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
        mail = queue_mail(session, "reminder", cause, invoice, invoice.recipient(), by=by)
        log(session, by, "invoice.remind", f"invoice:{invoice.id}", after={"to": mail.to_address})
        return mail.id
