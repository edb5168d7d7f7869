"""A sheet, and the columns that several have."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import credit_note  # noqa: F401  (options of queries need every table that a refund names)
from models.base import Base
from models.export import SEEN_WITH
from models.invoice import Invoice
from models.language import gettext, marked, pgettext
from models.money import Money
from models.payment import Payment
from tasks.cells import Column

Of = Callable[[Any], Any]


class Sheet:
    """The columns of a file, whose rows it has, what is loaded with them, and who may see them.

    Its name is the one of the list in addresses, its title the one on pages.
    """

    def __init__(self, name: str, title: str, table: type[Base], *columns: Column, loads: tuple[Any, ...] = ()) -> None:
        self.name, self.title, self.permission = name, title, SEEN_WITH[name]
        self.table, self.columns, self.loads = table, columns, loads

    def rows(self, session: Session, ids: Sequence[int]) -> list[Any]:
        """Those of them that are still there, the newest first, in as many queries for many as for one."""
        query = select(self.table).where(self.table.id.in_(ids)).options(*self.loads)
        return list(session.scalars(query.order_by(self.table.id.desc())))


def fact(head: str, name: str) -> Column:
    return Column(head, lambda row: getattr(row, name))


def word(head: str, name: str, context: str = "") -> Column:
    """A word of the product's own, in the reader's language; `context` as a row says it that does not remember it."""

    def said(row: Any) -> str:
        text = getattr(row, name) or ""
        return pgettext(context, str(text)) if context and text else text and gettext(text)

    return Column(head, said)


def amount(head: str, name: str = "amount") -> Column:
    """Minor units of the row's own currency."""
    return Column(head, lambda row: None if (minor := getattr(row, name)) is None else Money(minor, row.currency))


def billed(of: Of) -> tuple[Column, ...]:
    """The invoice that `of` takes from the row, and whose it is, as far as there is one."""
    return (
        Column(marked("Invoice"), lambda row: (invoice := of(row)) and (invoice.number or invoice.title)),
        Column(marked("Contact"), lambda row: (invoice := of(row)) and invoice.contact and invoice.contact.name),
        Column(marked("Email"), lambda row: (invoice := of(row)) and invoice.contact and invoice.contact.email),
    )


CURRENCY = fact(marked("Currency"), "currency")
INVOICED = joinedload(Payment.invoice).joinedload(Invoice.contact)
