"""Staff write, send, change and void invoices, and record what came in without Stripe."""

from decimal import Decimal

import builders
from cast import Browser
from forms import again, save
from hypothesis import strategies as st
from properties.desk import AMOUNT, PART, WHICH, YES_OR_NO, Desk, either, part_of

from models.attention import Attention
from models.invoice import Invoice, new_operation
from models.invoice_line import InvoiceLine
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from tasks import attention, invoices, offline_payments, pay_links, reading, revisions

CURRENCY = st.sampled_from(("USD", "USD", "EUR", "JPY", "KWD"))
DRAFT, ISSUED = Invoice.issued_at.is_(None), Invoice.issued_at.is_not(None)
# The first ones stay, or there would be little to pay.
VOIDABLE = (Invoice.status.in_(("Issued", "Sent")), Invoice.id > 2)
OVER = Invoice.status.in_(("Void", "Refunded"))
OFFLINE = (Payment.account_id.is_(None), Payment.status == "succeeded")

STAFF = either(
    write=(AMOUNT, CURRENCY, YES_OR_NO),
    edit=(WHICH, AMOUNT, AMOUNT),
    send=(WHICH, YES_OR_NO),
    mark_as_sent=(WHICH,),
    revise=(WHICH, AMOUNT),
    void=(WHICH,),
    bill_again=(WHICH,),
)


class Billing(Desk):
    """Invoices and what staff do with them."""

    def write(self, amount: int, currency: str, partial: bool) -> None:
        fields = {"currency": currency, "partial_payments": partial, "contact": self.contact}
        invoice = builders.a_draft_invoice(Money(amount, currency).plain(), **fields)
        invoices.send_invoice(invoice.id, self.person("staff"), new_operation())

    def edit(self, n: int, *amounts: int) -> None:
        """Two people have opened the same draft and both save: the second one is told, and loses nothing."""
        draft = self.pick(n, Invoice, DRAFT)
        prices = [Money(amount, draft.currency).plain() for amount in amounts]
        seen = {"edits": draft.edits, "currency": draft.currency}
        tabs = [self.sit_down(role) for role in ("staff", "finance")]
        answers = [save(tab, draft, price, **seen) for tab, price in zip(tabs, prices, strict=True)]
        same = prices[0] == prices[1]
        assert [answer.status_code for answer in answers] == [302, 302 if same else 400]
        assert same or ("Staff Person saved this invoice" in answers[1].text and prices[1] in answers[1].text)
        assert (again(draft).lines[0].unit_price, again(draft).edits) == (amounts[0], seen["edits"] + 1)

    def sit_down(self, role: str) -> Browser:
        browser = self.app.test_client()
        assert isinstance(browser, Browser)
        browser.post_form("/admin/sign-in", {"email": builders.EMAILS[role], "password": builders.PASSWORD})
        return browser

    def send(self, n: int, twice: bool) -> None:
        invoice, operation = self.pick(n, Invoice), new_operation()
        for _ in range(1 + twice):
            invoices.send_invoice(invoice.id, self.person("staff"), operation)

    def mark_as_sent(self, n: int) -> None:
        invoice = self.pick(n, Invoice)
        pay_links.pay_link(invoice.id, self.person("staff"))
        invoices.mark_as_sent(invoice.id, self.person("staff"))

    def revise(self, n: int, amount: int) -> None:
        line = InvoiceLine(description="Another design", quantity=Decimal(1), unit_price=amount)
        revisions.revise_invoice(self.pick(n, Invoice, ISSUED).id, self.person("staff"), {"lines": [line]})

    def void(self, n: int) -> None:
        invoices.void_invoice(self.pick(n, Invoice, *VOIDABLE).id, self.person("staff"))

    def bill_again(self, n: int) -> None:
        revisions.bill_again(self.pick(n, Invoice, OVER).id, self.person("staff"))


FINANCE = either(
    record_offline=(WHICH, PART, YES_OR_NO, YES_OR_NO),
    reverse_offline=(WHICH,),
    match=(WHICH, WHICH),
    move=(WHICH, WHICH),
    dismiss=(WHICH,),
)


class ByHand(Desk):
    """Money that finance records, takes back, matches and moves."""

    def record_offline(self, n: int, part: int, receipt: bool, twice: bool) -> None:
        invoice, operation = self.pick(n, Invoice, ISSUED), new_operation()
        amount, by = part_of(invoice.due(), part) or invoice.due(), self.person("finance")
        with reading() as session:
            today = the_organization(session).today()
        for _ in range(1 + twice):
            offline_payments.record_offline_payment(
                invoice.id, amount, "cash", today, "", by, operation, receipt=receipt
            )

    def reverse_offline(self, n: int) -> None:
        payment = self.pick(n, Payment, *OFFLINE)
        offline_payments.reverse_offline_payment(payment.id, self.person("finance"), "It was another customer.")

    def match(self, n: int, m: int) -> None:
        payment, invoice = self.pick(n, Payment, Payment.problem.is_not(None)), self.pick(m, Invoice, ISSUED)
        attention.match_payment(payment.id, invoice.id, self.person("finance"))

    def move(self, n: int, m: int) -> None:
        payment, invoice = self.pick(n, Payment, Payment.invoice_id.is_not(None)), self.pick(m, Invoice, ISSUED)
        attention.move_payment(payment.id, invoice.id, self.person("finance"), "It was meant for that one.")

    def dismiss(self, n: int) -> None:
        matter = self.pick(n, Attention, Attention.resolved_at.is_(None))
        attention.dismiss(matter.id, self.person("finance"), "The customer knows.")
