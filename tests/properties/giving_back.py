"""Refunds from here and from Stripe's Dashboard, what second persons and banks make of them; disputes."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize
from properties.desk import PART, WHICH, YES_OR_NO, Desk, either, part_of

from models.invoice import Invoice, new_operation
from models.money import Money
from models.organization import the_organization
from models.payment import Payment
from models.refund import WAITING, Refund
from models.stripe_account import StripeAccount
from tasks import approvals, manual_refunds, people, reading, refunds

OPEN_DISPUTES = ("needs_response", "under_review", "warning_needs_response")
UNDECIDED = ("pending", "requires_action", "succeeded")

LIMIT = st.sampled_from((None, 0, 3000))

REFUNDS = either(
    refund=(WHICH, PART, YES_OR_NO, st.sampled_from(("staff", "finance"))),
    refund_a_payment=(WHICH, PART),
    note_a_refund=(WHICH, PART),
    limit_staff=(LIMIT,),
    decide=(WHICH, st.sampled_from(("finance", "admin")), YES_OR_NO),
)


class GivingBack(Desk):
    """Refunds."""

    @initialize(limit=LIMIT)
    def begin_with_a_limit(self, limit: int | None) -> None:
        self.limit_staff(limit)

    def refund(self, n: int, part: int, twice: bool, by: str) -> None:
        invoice, operation = self.pick(n, Invoice, Invoice.captured > Invoice.refunded), new_operation()
        for _ in range(1 + twice):
            refunds.issue_refund(invoice.id, part_of(invoice.held(), part), self.person(by), operation)

    def refund_a_payment(self, n: int, part: int) -> None:
        payment = self.pick(n, Payment, Payment.captured > Payment.refunded)
        left = Money(payment.captured - payment.refunded, payment.currency)
        refunds.refund_payment(payment.id, part_of(left, part), self.person("finance"), new_operation())

    def note_a_refund(self, n: int, part: int) -> None:
        """Given back in some other way, as far as we know."""
        lost = Payment.account_id.is_(None) | Payment.account.has(StripeAccount.state == "revoked")
        payment, by = self.pick(n, Payment, Payment.captured > Payment.refunded, lost), self.person("finance")
        whole = Money(payment.captured, payment.currency)
        with reading() as session:
            today = the_organization(session).today()
        manual_refunds.record_manual_refund(payment.id, part_of(whole, part) or whole, today, by, new_operation())

    def limit_staff(self, limit: int | None) -> None:
        money = None if limit is None else Money(limit, "USD")
        people.set_refund_limit("Staff", money, self.person("admin"))

    def decide(self, n: int, by: str, agreed: bool) -> None:
        refund = self.pick(n, Refund, Refund.state == WAITING)
        if agreed:
            approvals.approve_refund(refund.id, self.person(by))
        else:
            approvals.reject_refund(refund.id, self.person(by), "Not this one.")


AT_STRIPE = either(
    refund_in_the_dashboard=(WHICH, PART),
    let_refunds_wait=(YES_OR_NO,),
    decide_refund=(WHICH, st.sampled_from((*UNDECIDED, "failed", "canceled"))),
    dispute=(WHICH, PART, YES_OR_NO),
    decide_dispute=(WHICH, st.sampled_from(("won", "lost", "warning_closed"))),
)


class AtStripe(Desk):
    """What happens to money at Stripe without our asking."""

    def refund_in_the_dashboard(self, n: int, part: int) -> None:
        charge = self.at_stripe(n, "charge", "succeeded", "pending")
        amount = part_of(Money(charge["amount"], charge["currency"].upper()), part)
        self.world.refund(charge["id"], amount and amount.amount)

    def let_refunds_wait(self, wait: bool) -> None:
        self.world.refunds_wait = wait

    def decide_refund(self, n: int, status: str) -> None:
        self.world.set_refund(self.at_stripe(n, "refund", *UNDECIDED)["id"], status)

    def dispute(self, n: int, part: int, inquiry: bool) -> None:
        charge = self.at_stripe(n, "charge", "succeeded")
        status = "warning_needs_response" if inquiry else "needs_response"
        self.world.dispute(charge["id"], amount=charge["amount"] * part // 4, status=status)

    def decide_dispute(self, n: int, outcome: str) -> None:
        self.world.close_dispute(self.at_stripe(n, "dispute", *OPEN_DISPUTES)["id"], outcome)
