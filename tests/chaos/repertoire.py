"""All stories, each with the drafts that it can be played with."""

from collections.abc import Callable

from tests.chaos import after_sending, by_hand, stories, together
from tests.chaos.stage import TOGETHER
from tests.chaos.stories import Story

_ALL, _PARTIAL, _DOLLARS = (1, 2, 3, 4, 5, 6), (2, 3, 5), (1, 2, 6)
STORIES: dict[str, tuple[Callable[[Story], None], tuple[int, ...]]] = {
    "paid in full": (stories.paid_in_full, _ALL),
    "paid in parts": (stories.paid_in_parts, _PARTIAL),
    "two tabs": (stories.two_tabs, _ALL),
    "another amount": (stories.another_amount, _PARTIAL),
    "refunded in parts": (stories.refunded_in_parts, _ALL),
    "refunded": (stories.refunded, _ALL),
    "refunded in the Dashboard": (stories.refunded_in_dashboard, _ALL),
    "voided": (stories.voided, _ALL),
    "revised": (stories.revised, _ALL),
    "revised in peace": (stories.revised_in_peace, _ALL),
    "paid in cash": (stories.paid_in_cash, _ALL),
    "disputed": (stories.disputed, _ALL),
    "debited": (stories.debited, _DOLLARS),
    "moved": (by_hand.moved, _DOLLARS),
    "matched": (by_hand.matched, _ALL),
    "dismissed": (by_hand.dismissed, _DOLLARS),
    "approved": (by_hand.approved, _ALL),
    "rejected": (by_hand.rejected, _ALL),
    "taken back": (by_hand.taken_back, _ALL),
    "billed again": (by_hand.billed_again, _ALL),
    "reminded": (after_sending.reminded, _ALL),
    "link replaced": (after_sending.link_replaced, _ALL),
    "sent together": (together.sent_together, TOGETHER[:1]),
}
