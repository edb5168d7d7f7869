"""Paying in parts: what may be paid of an invoice now."""

from dataclasses import dataclass
from decimal import Decimal

from babel.numbers import format_percent

from models.invoice import Invoice
from models.language import gettext, reader_locale
from models.money import Money, round_half_up
from models.refusal import Refused


@dataclass(frozen=True, slots=True)
class Parts:
    """All that is `due`, or a part from `least` up to `most`, which leaves enough for another payment.

    `deposit` is its percentage of the total while the deposit is what makes `least` as large as it is.
    """

    due: Money
    least: Money
    most: Money
    deposit: Decimal | None

    @property
    def are_possible(self) -> bool:
        """Else only all of it can be paid."""
        return self.least <= self.most

    @property
    def suggested(self) -> Money:
        """What the customer most likely came to pay."""
        return self.least if self.deposit is not None else self.due

    @property
    def words(self) -> str:
        """`Pay $300.00 or more (deposit of 30%), up to $1,000.00.`"""
        if self.deposit is None:
            return gettext("Pay %(least)s or more, up to %(due)s.", least=self.least, due=self.due)
        return gettext(
            "Pay %(least)s or more (deposit of %(share)s), up to %(due)s.",
            least=self.least,
            share=percent(self.deposit),
            due=self.due,
        )

    def refuse(self, part: Money) -> None:
        """Refuse a part that is not all that is due and not allowed."""
        if part.amount > self.due.amount:
            raise Refused(gettext("Only %(due)s is due.", due=self.due))
        if not self.are_possible:
            raise Refused(
                gettext("Please pay all of %(due)s: it is too little for another payment after this one.", due=self.due)
            )
        if part < self.least:
            part.refuse_unchargeable()
            raise Refused(" ".join((gettext("%(part)s is not enough.", part=part), self.words)))
        if part > self.most:
            raise Refused(
                gettext("Please pay all of %(due)s: what would be left is too small to be paid online.", due=self.due)
            )


def parts_of(invoice: Invoice) -> Parts:
    """What may be paid now of an invoice that is paid in parts."""
    due, deposit = invoice.due(), outstanding_deposit(invoice)
    smallest = Money.smallest_charge(due.currency)
    least = Money(max(smallest.amount, invoice.partial_minimum), due.currency)
    by_deposit = deposit > least
    return Parts(
        due=due,
        least=max(least, deposit).next_chargeable(),
        most=Money(due.amount - smallest.amount, due.currency),
        deposit=invoice.deposit_percent if by_deposit else None,
    )


def outstanding_deposit(invoice: Invoice) -> Money:
    """What the first payment has to bring at least: 0 once money came in or is on its way, or without a deposit."""
    percentage = invoice.deposit_percent if invoice.partial_payments else None
    if percentage is None or invoice.captured or invoice.processing or not invoice.due().amount:
        return Money(0, invoice.currency)
    return Money(round_half_up(invoice.total * percentage / 100), invoice.currency)


def part_of(invoice: Invoice, amount: Money | None) -> Money:
    """What is paid now: all that is due, or the part asked for. Refuses a part that is not allowed."""
    due = invoice.due()
    part = amount or due
    if part.currency != due.currency:
        raise Refused(gettext("This invoice is paid in %(currency)s.", currency=due.currency))
    if part != due:
        if not invoice.partial_payments:
            raise Refused(gettext("This invoice is paid in full: %(due)s.", due=due))
        parts_of(invoice).refuse(part)
    part.refuse_unchargeable()
    return part


def refuse_unpayable(invoice: Invoice) -> None:
    """Refuse what nobody could pay online: too little, too much, or in parts that are larger than the whole."""
    total = invoice.grand_total()
    total.refuse_unchargeable()
    least = Money(invoice.partial_minimum, invoice.currency)
    if invoice.partial_payments and least > total:
        raise Refused(
            gettext(
                "The smallest part, %(least)s, is more than the total of %(total)s. Lower it, or allow no parts.",
                least=least,
                total=total,
            )
        )


def percent(value: Decimal) -> str:
    """A percentage with all its decimals, as the reader's language writes it."""
    return format_percent(value.normalize() / 100, locale=reader_locale(), decimal_quantization=False)
