"""What staff and customers do: each story is one invoice, from Send Invoice to its end."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from models.money import Money
from tests.chaos.forms import find_form
from tests.chaos.people import SETTLED, Customer, Staff, find_link, page_of
from tests.chaos.scene import Scene
from tests.chaos.stage import DRAFTS

CARD, LATE_REFUND, FAILING_REFUND, DEBIT = "4242424242424242", "4000000000007726", "4000000000005126", "us_bank_account"


NOT_CONNECTED = "Connect Stripe to send this invoice."


@dataclass
class Story:
    scene: Scene
    invoice_id: int
    random: Random

    @property
    def page(self) -> str:
        return page_of(self.invoice_id)

    @property
    def total(self) -> Money:
        draft = DRAFTS[self.invoice_id - 1]
        return Money.parse(draft.amount, draft.currency)

    def number(self) -> str:
        """What the invoice is called, once it is issued."""

        def read() -> str | None:
            found = re.search(r"Invoice (\d{4}-\d{4,})", self.scene.staff.page(self.page))
            return found[1] if found else None

        return self.scene.calm.until("getting a number", read)

    def part(self, percent: int) -> Money:
        """Rounded so that every currency can be charged it."""
        return Money(self.total.amount * percent // 1000 * 10, self.total.currency)

    def send(self) -> Customer:
        """Send Invoice; the customer follows the link of the email, or the one that staff have copied."""
        staff = self.scene.staff.another_tab()
        form = staff.form(self.page, "send")
        said = self.scene.calm.until("sending", lambda: _unless(NOT_CONNECTED, staff.press(form)))
        if "Queued for delivery" in said:
            self.scene.promises.sent.append((self.invoice_id, form.fields["operation"]))
        return self.find_link(staff)

    def find_link(self, staff: Staff) -> Customer:
        """Once it was sent: who follows its link."""
        customer, by_mail = self.scene.customer(self.invoice_id), self.random.random() < 0.3

        def look() -> str | None:
            if not by_mail:
                return find_link(staff.press(staff.form(self.page, "/pay-link/")))
            staff.retry_messages(self.invoice_id)
            return customer.look_for_mail()

        customer.path = self.scene.calm.until("getting the link", look)
        self.scene.promises.links[self.invoice_id] = customer.path
        return customer

    def pay(self, customer: Customer, amount: Money | None = None, card: str = CARD) -> str:
        """The session that was paid. Some customers close the tab and never come back."""
        return self.scene.calm.until("being charged", lambda: self._try_to_pay(customer, amount, card))

    def _try_to_pay(self, customer: Customer, amount: Money | None, card: str) -> str | None:
        session = customer.begin(amount.plain() if amount else None)
        if session is None:
            return ""
        if not self.scene.stripe.pay(session, card):
            return None
        if self.random.random() < 0.6:
            customer.come_back(session)
        return session

    def perhaps_paying(self, customer: Customer) -> Callable[[], object]:
        """The customer is on Stripe's page or is not, and pays there or does not."""
        session = customer.begin() if self.random.random() < 0.7 else None
        pays = self.random.random() < 0.5
        return lambda: session and pays and self.scene.stripe.pay(session, CARD)

    def refund(self, amount: Money, by: Staff | None = None) -> None:
        """A nervous hand: the same form twice at once. Finance, unless somebody else asks for it."""
        hand = (by or self.scene.finance).another_tab()
        form = hand.form(self.page, "/refund/")
        said: list[str] = []
        at_once(*[lambda: said.append(hand.another_tab().press(form, amount=amount.plain()))] * 2)
        if any("requested." in page or "waits for another person" in page for page in said):
            self.scene.promises.refunded.append((form.fields["operation"], amount.amount))


def _unless(refusal: str, page: str) -> str | None:
    return None if refusal in page else page


def at_once(*acts: Callable[[], object]) -> None:
    with ThreadPoolExecutor(len(acts)) as hands:
        for act in [hands.submit(act) for act in acts]:
            act.result()


def paid_in_full(story: Story) -> None:
    story.pay(story.send())


def paid_in_parts(story: Story) -> None:
    customer = story.send()
    story.pay(customer, story.part(40))
    story.pay(customer)


def two_tabs(story: Story) -> None:
    """Both press Pay, both pay at Stripe."""
    customer = story.send()
    tabs = [story.scene.customer(story.invoice_id) for _ in range(2)]
    for tab in tabs:
        tab.path = customer.path
    at_once(*[lambda tab=tab: story.pay(tab) for tab in tabs])  # type: ignore[misc]


def another_amount(story: Story) -> None:
    """Two amounts at once: the later one replaces the earlier one's checkout."""
    customer = story.send()
    at_once(
        lambda: story.pay(customer, story.part(30)),
        lambda: story.pay(customer, story.part(50)),
    )


def refunded_in_parts(story: Story) -> None:
    """Two equal parts are two refunds."""
    story.pay(story.send(), card=story.random.choice((CARD, CARD, LATE_REFUND, FAILING_REFUND)))
    for _ in range(2):
        story.refund(story.part(30))


def refunded(story: Story) -> None:
    story.pay(story.send())
    story.refund(story.total)


def refunded_in_dashboard(story: Story) -> None:
    session = story.pay(story.send())
    stripe, half = story.scene.stripe, story.part(50).to_stripe()
    intent = stripe.intent_of(session)
    give = lambda: stripe.refund_in_dashboard(intent["id"], half) or None  # noqa: E731
    story.scene.calm.until("a refund in the Dashboard", give)


def voided(story: Story) -> None:
    """While a customer is on Stripe's page, or pays there; whoever is first. What is not void can be paid."""
    customer = story.send()
    staff = story.scene.staff.another_tab()
    form = staff.form(story.page, "/void/")
    paying, said = story.perhaps_paying(customer), list[str]()
    at_once(paying, lambda: said.append(staff.press(form)))
    if "is void." not in said[0]:
        story.pay(customer)
    else:
        story.scene.promises.voided.append(story.invoice_id)


def revised(story: Story) -> None:
    """Twice as much, while a customer is on Stripe's page, or pays there; then the rest is paid, if there is any."""
    customer = story.send()
    staff, price = story.scene.staff.another_tab(), Money(story.total.amount * 2, story.total.currency).plain()
    revise = lambda: staff.revise(story.invoice_id, price)  # noqa: E731
    at_once(story.perhaps_paying(customer), lambda: story.scene.calm.until("revising", revise))
    story.pay(customer)


def revised_in_peace(story: Story) -> None:
    """Nobody has begun to pay yet."""
    customer = story.send()
    staff, price = story.scene.staff.another_tab(), Money(story.total.amount * 2, story.total.currency).plain()
    story.scene.calm.until("revising", lambda: staff.revise(story.invoice_id, price))
    story.pay(customer)


def paid_in_cash(story: Story) -> None:
    """While a customer is on Stripe's page, or pays there: together it is never more than is due."""
    customer = story.send()
    finance = story.scene.finance.another_tab()

    def record() -> bool | None:
        if customer.state() in SETTLED:
            return True
        form = find_form(finance.page(story.page), "/payment/record/")
        return True if form and "is recorded." in finance.press(form, method="cash") else None

    at_once(story.perhaps_paying(customer), lambda: story.scene.calm.until("recording cash", record))


def disputed(story: Story) -> None:
    session = story.pay(story.send())
    stripe = story.scene.stripe
    charge = stripe.intent_of(session)["latest_charge"]
    stripe.ask(f"charges/{charge}/dispute")
    if story.random.random() < 0.5:
        dispute = next(one for one in stripe.objects("dispute") if one["charge"] == charge)
        stripe.ask(f"disputes/{dispute['id']}/close", outcome=story.random.choice(("won", "lost")))


def debited(story: Story) -> None:
    """Bank money takes its time, and may fail."""
    session = story.pay(story.send(), card=DEBIT)
    intent = story.scene.stripe.intent_of(session)
    outcome = story.random.choice(("succeeded", "succeeded", "failed"))
    story.scene.stripe.ask(f"payment_intents/{intent['id']}/settle", outcome=outcome)
