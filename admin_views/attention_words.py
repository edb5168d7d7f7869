"""What has happened, in one sentence for each kind of matter."""

from collections.abc import Callable
from dataclasses import dataclass

from models.attention import Attention
from models.money import Money
from models.payment import Payment


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter as pages show it; `actions` is what a person can do about it beside leaving it."""

    row: Attention

    @property
    def sentence(self) -> str:
        """What has happened, with its figures."""
        payment = self.row.payment
        said = SENTENCES.get(self.row.kind, _detail)(self.row)
        back = payment.reserved - payment.refunded if payment and self.row.resolved_at is None else 0
        returning = f"{Money(back, payment.currency)} of it is on its way back." if payment and back > 0 else ""
        return " ".join(part for part in (said, returning) if part)

    @property
    def actions(self) -> tuple[str, ...]:
        return () if self.row.resolved_at else ACTIONS.get(self.row.kind, ())

    @property
    def state(self) -> str:
        return ENDINGS.get(self.row.resolution, "Open")

    @property
    def customer(self) -> str:
        """Whose money it is, as far as we know."""
        invoice = self.row.invoice or (self.row.payment.invoice if self.row.payment else None)
        return str(invoice.contact) if invoice and invoice.contact else ""


ACTIONS = {
    "unmatched": ("match", "refund"),
    "duplicate": ("refund", "move"),
    "overpaid": ("refund", "move"),
    "paid_void": ("refund", "move"),
    "paid_refunded": ("refund", "move"),
    "refund_failed": ("refund",),
}
ENDINGS = {
    "settled": "Settled by itself",
    "refunded": "Refunded",
    "moved": "Moved",
    "matched": "Matched",
    "dismissed": "Dismissed",
}


def _detail(matter: Attention) -> str:
    return matter.detail


def _unmatched(matter: Attention) -> str:
    return f"{_paid(matter)} came in and fits no invoice by itself. {matter.detail}"


def _duplicate(matter: Attention) -> str:
    rest = "" if matter.money == _paid(matter) else f" {matter.money} of it is still too much."
    return f"{_paid(matter)} came in for {_invoice(matter)}, which was paid already.{rest}"


def _overpaid(matter: Attention) -> str:
    return f"Of {_paid(matter)} that came in for {_invoice(matter)}, {matter.money} is more than it asks for."


def _paid_void(matter: Attention) -> str:
    return f"{_paid(matter)} came in for {_invoice(matter)}, which is void; {matter.money} of it is held."


def _paid_refunded(matter: Attention) -> str:
    late = "after all that was paid for it had been given back and nothing was due any more"
    return f"{_paid(matter)} came in for {_invoice(matter)} {late}; {matter.money} of it is held."


def _payment_failed(matter: Attention) -> str:
    why = f" {matter.detail}" if matter.detail else ""
    return f"{matter.money} that was on its way for {_invoice(matter)} did not arrive; it is due again.{why}"


def _refund_failed(matter: Attention) -> str:
    whose = f" of {matter.invoice.title}" if matter.invoice else ""
    return f"{matter.money} did not go back to the customer{whose}. {matter.detail}".strip()


def _refund_unlike(matter: Attention) -> str:
    said = f"{matter.money} was recorded by hand. Stripe shows {matter.detail}, which is another refund, so both count"
    return f"{said} now. If no other money went back, take the record back on the refund's page."


def _refund_excess(matter: Attention) -> str:
    return f"Refunds and disputes together take {matter.money} more of a payment of {_paid(matter)} than it brought."


def _invoice(matter: Attention) -> str:
    return matter.invoice.title if matter.invoice else "no invoice"


def _paid(matter: Attention) -> Money:
    payment: Payment | None = matter.payment
    return payment.money if payment else matter.money


SENTENCES: dict[str, Callable[[Attention], str]] = {
    "unmatched": _unmatched,
    "duplicate": _duplicate,
    "overpaid": _overpaid,
    "paid_void": _paid_void,
    "paid_refunded": _paid_refunded,
    "payment_failed": _payment_failed,
    "refund_failed": _refund_failed,
    "refund_unlike": _refund_unlike,
    "refund_excess": _refund_excess,
}
