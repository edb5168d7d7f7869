"""The customer's way to an invoice: its link, and what is seen of it."""

from sqlalchemy.orm import Session

from models.activity import log, tell
from models.base import locked
from models.clock import now
from models.invoice import Invoice
from models.invoice_version import present_version
from models.language import gettext
from models.organization import the_organization
from models.parts import refuse_unpayable
from models.pay_link import PayLink
from models.people import User, hash_token, new_token, require
from models.refusal import Refused
from models.stripe_account import active_account
from tasks import once_more, transaction
from tasks.documents import ask_document
from tasks.letters import pay_url


@once_more
def pay_link(invoice_id: int, by: User) -> str:
    """The customer's link, for staff to copy. Issues a draft first."""
    require(by, "invoices.send")
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        invoice.recipient()
        make_payable(session, invoice, by)
        url = pay_url(session, invoice.id)
    return url or ""


def make_payable(session: Session, invoice: Invoice, by: User) -> None:
    """Issued and with a link, or refused."""
    account = active_account(session)
    if account is None:
        raise Refused(gettext("Connect Stripe to send this invoice."))
    account.refuse_unless_chargeable()
    invoice.refuse_unready()
    refuse_unpayable(invoice)
    edits = invoice.edits
    if invoice.issue(session, the_organization(session), by):
        ask_document(session, present_version(session, invoice))
        cause = f"invoice:{invoice.id}:issued"
        tell(session, "issued", cause, invoice.id, user_id=by.id, money=invoice.grand_total())
        log(session, by, "invoice.issue", f"invoice:{invoice.id}", {"edits": edits}, {"number": invoice.number})
    if pay_url(session, invoice.id) is None:
        token = new_token()
        session.add(PayLink(invoice=invoice, token_hash=hash_token(token), token=token))
        session.flush()


@once_more
def record_view(invoice_id: int, by_staff: bool) -> None:
    """Somebody has really looked at the pay page. A member of staff does not count as the customer."""
    with transaction() as session:
        invoice = locked(session, Invoice, invoice_id)
        day = the_organization(session).today()
        if by_staff:
            cause = f"invoice:{invoice_id}:viewed_by_staff:{day}"
            tell(session, "viewed_by_staff", cause, invoice_id, money=invoice.grand_total())
            return
        invoice.viewed_at = invoice.viewed_at or now()
        cause = f"invoice:{invoice_id}:viewed:{day}"
        tell(session, "viewed", cause, invoice_id, actor="customer", money=invoice.grand_total())
