"""Customers press Pay in any tab, and do on Stripe's page what they like; Stripe accounts come and go."""

from typing import Any

import builders
from hypothesis import strategies as st
from properties.desk import PART, WHICH, Desk, either, one_of, part_of
from sqlalchemy import select

from models.checkout import Checkout
from models.invoice import Invoice, new_operation
from models.invoice_status import OWED_IN
from models.organization import the_organization
from models.payment import Payment
from models.refund import UNDERWAY, Refund
from models.stripe_account import StripeAccount
from sandbox.accounts import EUROPE, STUDIO
from tasks import checkouts, connect, reading, unheard

OWED = Invoice.status.in_(OWED_IN)
GOOD, DECLINED, DISPUTED = "4242424242424242", "4000000000000002", "4000000000000259"
REFUND_FAILS, REFUND_PENDING, DEBIT = "4000000000005126", "4000000000007726", "us_bank_account"
METHOD = st.sampled_from((GOOD, GOOD, GOOD, DECLINED, DISPUTED, REFUND_FAILS, REFUND_PENDING, DEBIT, DEBIT))
ACCOUNT = st.sampled_from((STUDIO, EUROPE))

BUYERS = either(buy=(WHICH, PART, METHOD))
CUSTOMERS = either(
    press_pay=(WHICH, PART),
    pay=(WHICH, METHOD),
    come_back=(WHICH,),
    pay_by_debit=(WHICH, PART, st.sampled_from(("succeeded", "failed", "account is gone"))),
)


class Paying(Desk):
    """Customers."""

    def press_pay(self, n: int, part: int) -> str | None:
        invoice = self.pick(n, Invoice, OWED)
        amount = part_of(invoice.due(), part) if invoice.partial_payments else None
        return checkouts.open_checkout(invoice.id, new_operation(), amount)

    def buy(self, n: int, part: int, method: str) -> None:
        if page := self.press_pay(n, part):
            self.world.pay(page.rsplit("/", 1)[-1], method)

    def pay(self, n: int, method: str) -> None:
        """In whatever tab is still open at Stripe."""
        self.world.pay(self.at_stripe(n, "checkout.session", "open")["id"], method)

    def come_back(self, n: int) -> None:
        """Stripe sends the customer back to our return page."""
        checkouts.look_at_checkout(self.pick(n, Checkout, Checkout.stripe_id.is_not(None)).id)

    def pay_by_debit(self, n: int, part: int, outcome: str) -> None:
        """What the bank answers, or that nobody hears of it: the account is gone by then."""
        if is_lost := outcome == "account is gone":
            self.trouble_begins()
        self.buy(n, part, DEBIT)
        if is_lost:
            self.world.deauthorize(STUDIO)
        else:
            self.world.settle(self.at_stripe(-1, "payment_intent", "processing")["id"], outcome)


ACCOUNTS = either(
    connect=(ACCOUNT,),
    disconnect=(),
    be_let_go=(ACCOUNT,),
    give_up=(WHICH,),
    pay_from_nowhere=(st.integers(100, 9000), st.sampled_from(("usd", "eur"))),
)
GONE = StripeAccount.is_out_of_reach
GIVEN_UP: tuple[tuple[Any, Any], ...] = (
    (
        unheard.payment_never_arrived,
        select(Payment.id).where(Payment.status == "processing", Payment.account.has(GONE)),
    ),
    (unheard.checkout_never_paid, select(Checkout.id).where(Checkout.is_unheard())),
    (unheard.settle_refund_by_hand, select(Refund.id).where(Refund.state.in_(UNDERWAY), Refund.account.has(GONE))),
)


class Connecting(Desk):
    """The account is connected, switched, let go, and taken away; and money comes from nowhere."""

    def connect(self, account: str) -> None:
        builders.connected(account)

    def disconnect(self) -> None:
        self.trouble_begins()
        connect.disconnect(self.person("admin"))

    def be_let_go(self, account: str) -> None:
        self.trouble_begins()
        self.world.deauthorize(account)

    def give_up(self, n: int) -> None:
        """Staff say of what an account tells no more that it did not come about, whether that is true or not."""
        with reading() as session:
            unheard_of = [(verb, row_id) for verb, query in GIVEN_UP for row_id in session.scalars(query)]
        verb, row_id = one_of(unheard_of, n)
        verb(row_id, self.person("finance"), "Nobody knows.")

    def pay_from_nowhere(self, amount: int, currency: str) -> None:
        """Money with our mark and without a checkout of ours, as after a restored backup."""
        with reading() as session:
            mark = the_organization(session).install_id
        self.world.strange_payment(STUDIO, amount, currency, {"paydesk_install": mark})
