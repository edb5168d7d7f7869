"""Stories in which staff and finance decide: what was paid twice, what fits nowhere, what waits for a second person."""

import re
from collections.abc import Callable
from html import unescape

from sandbox.accounts import STUDIO
from tests.chaos.forms import find_form
from tests.chaos.people import Staff
from tests.chaos.stage import SPARE
from tests.chaos.stories import FAILING_REFUND, Story, at_once

BECAUSE = "The customer has called."
_LINK = re.compile(r"/admin/(payment|refund|attention)/details/\?id=(\d+)")


def _pages(staff: Staff, path: str, noun: str) -> list[str]:
    """The pages about this noun that a page leads to."""
    ids = {int(found[1]) for found in _LINK.findall(staff.page(path)) if found[0] == noun}
    return [f"/admin/{noun}/details/?id={row_id}" for row_id in sorted(ids)]


def _find(story: Story, staff: Staff, path: str, noun: str, sign: str) -> str:
    """Which of them has this form, as soon as one has it."""

    def look() -> str | None:
        return next((page for page in _pages(staff, path, noun) if find_form(staff.page(page), sign)), None)

    return story.scene.calm.until(f"finding {sign} from {path}", look)


def _press_until(
    is_done: Callable[[str], object], story: Story, hand: Staff, path: str, sign: str, **typed: str
) -> None:
    """What was killed in the middle may hold the invoice still: then it is refused for a moment, and pressed again."""

    def press() -> bool | None:
        page = hand.page(path)
        if not is_done(page) and (form := find_form(page, sign)):
            hand.press(form, **typed)
        return True if is_done(hand.page(path)) else None

    story.scene.calm.until(f"pressing {sign}", press)


def _in_cash(story: Story, finance: Staff) -> str:
    """All of the total comes in cash, due or not; the page of the payment."""
    typed = {"method": "cash", "amount": story.total.plain(), "overpay": "1"}
    is_there = lambda page: find_form(page, "/payment/reverse/")  # noqa: E731
    _press_until(is_there, story, finance, story.page, "/payment/record/", **typed)
    return _find(story, finance, story.page, "payment", "/payment/reverse/")


def moved(story: Story) -> None:
    """Paid by card and in cash as well: the cash was meant for another invoice."""
    story.pay(story.send())
    finance = story.scene.finance.another_tab()
    cash, spare = _in_cash(story, finance), Story(story.scene, SPARE, story.random)
    spare.send()
    is_there = lambda page: spare.page in unescape(page)  # noqa: E731
    _press_until(is_there, story, finance, cash, "/payment/move/", number=spare.number(), reason=BECAUSE)


def matched(story: Story) -> None:
    """Money that names an invoice and none of our checkouts."""
    stripe, finance = story.scene.stripe, story.scene.finance.another_tab()
    told = stripe.session(str(story.send().begin()))["metadata"]
    marks = {name: told[name] for name in ("paydesk_install", "paydesk_invoice")}
    stripe.pay_from_nowhere(STUDIO, story.total.to_stripe(), story.total.currency.lower(), marks)
    path = _find(story, finance, "/admin/attention/", "attention", "/payment/match/")
    is_over = lambda page: not find_form(page, "/payment/match/")  # noqa: E731
    number = marks["paydesk_invoice"]
    _press_until(is_over, story, finance, path, "/payment/match/", number=number, reason=BECAUSE)


def dismissed(story: Story) -> None:
    """A refund that the bank sends back is left alone."""
    story.pay(story.send(), card=FAILING_REFUND)
    story.refund(story.part(30))
    finance = story.scene.finance.another_tab()
    path = _find(story, finance, story.page, "attention", "/attention/dismiss/")
    finance.press(finance.form(path, "/attention/dismiss/"), reason=BECAUSE)


def approved(story: Story) -> None:
    """Staff may give nothing back alone; one hand approves, another one approves or rejects at once."""
    story.pay(story.send())
    story.refund(story.part(50), story.scene.staff)
    one, other = story.scene.finance.another_tab(), story.scene.finance.another_tab()
    yes = one.form(story.page, "/refund/approve/")
    second = other.form(story.page, story.random.choice(("/refund/approve/", "/refund/reject/")))
    at_once(lambda: one.press(yes), lambda: other.press(second, reason=BECAUSE))


def rejected(story: Story) -> None:
    story.pay(story.send())
    story.refund(story.part(50), story.scene.staff)
    finance = story.scene.finance.another_tab()
    finance.press(finance.form(story.page, "/refund/reject/"), reason=BECAUSE)


def taken_back(story: Story) -> None:
    """Cash that nobody brought, and what was given back of it: both were written down by mistake."""
    customer, finance = story.send(), story.scene.finance.another_tab()
    cash = _in_cash(story, finance)
    finance.press(finance.form(cash, "/refund/record/"), amount=story.part(30).plain())
    refund = _find(story, finance, cash, "refund", "/refund/take-back/")
    finance.press(finance.form(refund, "/refund/take-back/"), reason=BECAUSE)
    finance.press(finance.form(cash, "/payment/reverse/"), reason=BECAUSE)
    story.pay(customer)


def billed_again(story: Story) -> None:
    """Two presses."""
    story.send()
    staff = story.scene.staff.another_tab()
    _press_until(lambda page: find_form(page, "/bill-again/"), story, staff, story.page, "/void/")
    again = staff.form(story.page, "/bill-again/")
    at_once(*[lambda: staff.another_tab().press(again)] * 2)
