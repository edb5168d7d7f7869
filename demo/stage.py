"""What people and Stripe do in the demo: each is one of the product's own verbs, or a turn of the sandbox."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar, cast

from sqlalchemy import select

from demo import Trouble
from demo.cast import Line
from demo.sandbox import Refused, Sandbox
from models.checkout import UNSETTLED, Checkout
from models.clock import now
from models.contact import Contact
from models.document import Document
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.mail import Mail
from models.money import Money
from models.opportunity import Opportunity
from models.organization import the_organization
from models.payment import Payment
from models.people import User
from tasks import checkouts, disputes, invoices, messages, pay_links, payments, refund_records, refunds, transaction
from tasks.documents import make_document
from tasks.news import send_news
from tasks.offline_payments import record_offline_payment

GOOD_CARD, OTHER_CARD, DECLINED_CARD = "4242424242424242", "5555555555554444", "4000000000000002"
BANK_DEBIT = "us_bank_account"
Turn = TypeVar("Turn", bound=Callable[..., Any])


@dataclass
class Bill:
    """An invoice of the story; `id` is known once it was written."""

    written: datetime
    customer: str
    lines: tuple[Line, ...]
    project: str = ""
    partial_payments: bool = False
    notes: str = ""
    po_number: str = ""
    owner: str = "staff"
    id: int = 0


def outside(turn: Turn) -> Turn:
    """For what Stripe and the mailbox see: their time becomes ours, and mail goes out before it moves on."""

    @wraps(turn)
    def played(stage: "Stage", *args: Any, **options: Any) -> Any:
        stage.sandbox.move_to(now())
        answer = turn(stage, *args, **options)
        stage.deliver()
        return answer

    return cast("Turn", played)


class Stage:
    def __init__(self, sandbox: Sandbox, people: dict[str, User], report: Callable[[], None]) -> None:
        self.sandbox = sandbox
        self.people = people
        self.staff = people["staff"]
        self.account = ""
        self.account_id = 0
        self._report = report

    def deliver(self) -> None:
        send_news()
        with transaction() as session:
            unmade, waiting = Document.due(session, 100), Mail.due(session, 100)
        for document_id in unmade:
            make_document(document_id)
        for mail_id in waiting:
            messages.deliver(mail_id)

    # Invoices

    def write(self, bill: Bill) -> None:
        with transaction() as session:
            contact = session.scalars(select(Contact).where(Contact.company == bill.customer)).one_or_none()
            project = session.scalars(select(Opportunity).where(Opportunity.name == bill.project)).one_or_none()
            invoice = Invoice(
                contact=contact,
                opportunity=project,
                owner=self.people[bill.owner],
                partial_payments=bill.partial_payments,
                notes=bill.notes,
                po_number=bill.po_number,
                lines=[_line(position, line) for position, line in enumerate(bill.lines)],
            )
            invoice.add_up()
            session.add(invoice)
            session.flush()
            bill.id = invoice.id
        self._report()

    @outside
    def send(self, bill: Bill) -> None:
        invoices.send_invoice(bill.id, self.staff, new_operation())

    def copy_link(self, bill: Bill) -> None:
        pay_links.pay_link(bill.id, self.staff)

    def mark_as_sent(self, bill: Bill) -> None:
        invoices.mark_as_sent(bill.id, self.staff)

    @outside
    def void(self, bill: Bill) -> None:
        invoices.void_invoice(bill.id, self.staff)

    def view(self, bill: Bill) -> None:
        pay_links.record_view(bill.id, by_staff=False)

    # Money

    @outside
    def pay(self, bill: Bill, with_card: str = GOOD_CARD, share: int = 100) -> None:
        """Pay this percentage of what is due on Stripe's page."""
        with transaction() as session:
            invoice = session.get_one(Invoice, bill.id)
            part = Money(invoice.due().amount * share // 100, invoice.currency)
            payer = invoice.contact.name if invoice.contact else ""
        if checkouts.open_checkout(bill.id, new_operation(), part) is None:
            raise Trouble("The sandbox did not open a checkout.")
        checkout_id, session_id = self._open_checkout(bill)
        self._try(session_id, card=with_card, name=payer)
        checkouts.look_at_checkout(checkout_id)

    @outside
    def record(self, bill: Bill, note: str) -> None:
        """What is due has come by bank transfer; finance finds it on the statement."""
        with transaction() as session:
            due, today = session.get_one(Invoice, bill.id).due(), the_organization(session).today()
        operation, finance = new_operation(), self.people["finance"]
        record_offline_payment(bill.id, due, "bank_transfer", today, note, finance, operation, receipt=True)

    @outside
    def pay_beside(self, bill: Bill) -> None:
        """What is due is paid on a page of Stripe's of which our books know nothing, as after an older backup."""
        with transaction() as session:
            invoice, organization = session.get_one(Invoice, bill.id), the_organization(session)
            due = invoice.due()
            marks = {"paydesk_install": organization.install_id, "paydesk_invoice": str(invoice.number)}
        path, currency = f"accounts/{self.account}/strange_payment", due.currency.lower()
        intent = self.sandbox.control(path, amount=due.to_stripe(), currency=currency, metadata=marks)
        payments.look_at_payment(self.account, intent["id"])

    def _open_checkout(self, bill: Bill) -> tuple[int, str]:
        with transaction() as session:
            query = select(Checkout).where(Checkout.invoice_id == bill.id, Checkout.state.in_(UNSETTLED))
            checkout = session.scalars(query).one()
            return checkout.id, checkout.stripe_id or ""

    def _try(self, session_id: str, card: str, name: str) -> None:
        try:
            self.sandbox.control(f"checkout/{session_id}/pay", card=card, name=name)
        except Refused:
            if card != DECLINED_CARD:
                raise

    @outside
    def settle(self, bill: Bill) -> None:
        """The bank has sent what was debited."""
        payment = self._payment(bill)
        self.sandbox.control(f"payment_intents/{payment.payment_intent_id}/settle", outcome="succeeded")
        checkouts.look_at_checkout(payment.checkout_id or 0)

    @outside
    def refund(self, bill: Bill, amount: int, reason: str | None = None, note: str = "") -> None:
        money = Money(amount, "USD")
        for refund_id in refunds.issue_refund(bill.id, money, self.staff, new_operation(), reason, note):
            refunds.send_refund(refund_id)

    def refund_all(self, bill: Bill, note: str) -> None:
        self.refund(bill, self._payment(bill).refundable().amount, "requested_by_customer", note)

    @outside
    def refund_in_dashboard(self, bill: Bill, amount: int) -> None:
        intent = self._payment(bill).payment_intent_id
        refund_records.look_at_refund(self.account, self.sandbox.refund_in_dashboard(self.account, intent, amount))

    @outside
    def dispute(self, bill: Bill, reason: str, due_by: datetime) -> str:
        charge, until = self._payment(bill).charge_id, int(due_by.timestamp())
        dispute_id = str(self.sandbox.control(f"charges/{charge}/dispute", reason=reason, due_by=until)["id"])
        disputes.look_at_dispute(self.account, dispute_id)
        return dispute_id

    @outside
    def turn_dispute(self, dispute_id: str, path: str = "", **fields: Any) -> None:
        """The bank has decided something about it."""
        self.sandbox.control(f"disputes/{dispute_id}{path}", **fields)
        disputes.look_at_dispute(self.account, dispute_id)

    def _payment(self, bill: Bill) -> Payment:
        with transaction() as session:
            query = select(Payment).where(Payment.invoice_id == bill.id).order_by(Payment.id.desc()).limit(1)
            return session.scalars(query).one()


def _line(position: int, line: Line) -> InvoiceLine:
    return InvoiceLine(
        position=position,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
        discount=line.discount,
        tax_name=line.tax.name if line.tax else None,
        tax_percent=line.tax.percent if line.tax else None,
    )
