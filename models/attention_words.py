"""What has happened, in one sentence for each kind of matter."""

from collections.abc import Callable
from dataclasses import dataclass

from models.attention import Attention
from models.language import gettext, pmarked
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
        if not payment or back <= 0:
            return said
        return _told(said, gettext("%(amount)s of it is on its way back.", amount=Money(back, payment.currency)))

    @property
    def actions(self) -> tuple[str, ...]:
        return () if self.row.resolved_at else ACTIONS.get(self.row.kind, ())

    @property
    def state(self) -> str:
        """As in ENDINGS; pages translate it."""
        return ENDINGS.get(self.row.resolution, pmarked("matter", "Open"))

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
    "settled": pmarked("matter", "Settled by itself"),
    "refunded": pmarked("matter", "Refunded"),
    "moved": pmarked("matter", "Moved"),
    "matched": pmarked("matter", "Matched"),
    "dismissed": pmarked("matter", "Dismissed"),
}


def _told(*sentences: str) -> str:
    """Those that say something, one after the other."""
    return " ".join(sentence for sentence in sentences if sentence)


def _detail(matter: Attention) -> str:
    return matter.detail


def _unmatched(matter: Attention) -> str:
    return _told(gettext("%(paid)s came in and fits no invoice by itself.", paid=_paid(matter)), matter.detail)


def _duplicate(matter: Attention) -> str:
    came = gettext("%(paid)s came in for %(invoice)s, which was paid already.", **_figures(matter))
    rest = gettext("%(amount)s of it is still too much.", amount=matter.money)
    return came if matter.money == _paid(matter) else _told(came, rest)


def _overpaid(matter: Attention) -> str:
    return gettext("Of %(paid)s that came in for %(invoice)s, %(amount)s is more than it asks for.", **_figures(matter))


def _paid_void(matter: Attention) -> str:
    return gettext("%(paid)s came in for %(invoice)s, which is void; %(amount)s of it is held.", **_figures(matter))


def _paid_refunded(matter: Attention) -> str:
    return gettext(
        "%(paid)s came in for %(invoice)s after all that was paid for it had been given back and nothing was due any "
        "more; %(amount)s of it is held.",
        **_figures(matter),
    )


def _payment_failed(matter: Attention) -> str:
    said = gettext(
        "%(amount)s that was on its way for %(invoice)s did not arrive; it is due again.", **_figures(matter)
    )
    return _told(said, matter.detail)


def _refund_failed(matter: Attention) -> str:
    of_invoice = gettext("%(amount)s did not go back to the customer of %(invoice)s.", **_figures(matter))
    of_none = gettext("%(amount)s did not go back to the customer.", amount=matter.money)
    return _told(of_invoice if matter.invoice else of_none, matter.detail)


def _refund_unlike(matter: Attention) -> str:
    both = gettext(
        "%(amount)s was recorded by hand. Stripe shows %(refund)s, which is another refund, so both count now.",
        amount=matter.money,
        refund=matter.detail,
    )
    return _told(both, gettext("If no other money went back, take the record back on the refund's page."))


def _refund_excess(matter: Attention) -> str:
    return gettext(
        "Refunds and disputes together take %(amount)s more of a payment of %(paid)s than it brought.",
        **_figures(matter),
    )


def _figures(matter: Attention) -> dict[str, object]:
    """What sentences name: the amount in question, what was paid, and the invoice."""
    invoice = matter.invoice.title if matter.invoice else gettext("no invoice")
    return {"amount": matter.money, "paid": _paid(matter), "invoice": invoice}


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
