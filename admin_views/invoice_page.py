"""Everything that the page of one invoice shows, read in a constant number of queries."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from admin_views.giving_back import Giving, Waiting, waiting
from admin_views.invoice_presses import Presses
from admin_views.invoice_versions import Versions
from admin_views.invoice_words import Facts, Flag, flags, why
from models.activity import Activity
from models.attention import Attention
from models.attention_words import Matter
from models.checkout import Checkout
from models.dispute import Dispute
from models.invoice import Invoice
from models.invoice_note import InvoiceNote
from models.language import pmarked
from models.mail import Mail
from models.newest import Newest, newest
from models.next_reminder import NextReminder, next_reminder
from models.organization import the_organization
from models.payment import Payment
from models.refund import UNDERWAY, Refund

LONGEST_TIMELINE = 100


@dataclass(frozen=True)
class InvoicePage(Versions, Presses):
    """Read lazily, so that a part which is not shown costs nothing."""

    session: Session
    invoice: Invoice
    # The whole timeline, every message and note, however many there are.
    in_full: bool = False

    @cached_property
    def today(self) -> date:
        return the_organization(self.session).today()

    @property
    def term(self) -> int:
        """Days until it is due, where no date was chosen."""
        return self.invoice.term(the_organization(self.session))

    @cached_property
    def next_reminder(self) -> NextReminder | None:
        return next_reminder(self.session, self.invoice, the_organization(self.session))

    @property
    def reminders_are_off(self) -> bool:
        """For every invoice: nobody has switched them on."""
        return the_organization(self.session).reminders_since is None

    @cached_property
    def flags(self) -> list[Flag]:
        return flags(self.invoice, self.today)

    @cached_property
    def why(self) -> str:
        return why(self.invoice, self.facts)

    @cached_property
    def facts(self) -> Facts:
        """What the sentence on the invoice's state needs beside the invoice itself."""
        awaiting = sum(refund.amount for refund in self.refunds if refund.state == "awaiting_approval")
        offline = [payment for payment in self.payments if payment.account_id is None]
        newest = self.payments[0] if self.payments else None
        return Facts(
            today=self.today,
            mail=self.email,
            is_held=self.invoice.is_held,
            sent_version=self.sent_version if self.is_outdated else None,
            returning=sum(refund.amount for refund in self.refunds if refund.state in UNDERWAY),
            awaiting=awaiting,
            offline=sum(payment.captured for payment in offline if payment.status == "succeeded"),
            reversed=sum(payment.amount for payment in offline if payment.status == "reversed"),
            failed=newest.amount if newest and newest.status in ("failed", "canceled") else 0,
        )

    @cached_property
    def document(self) -> dict[str, Any]:
        """The invoice's content as it is now."""
        return self.invoice.content()

    @cached_property
    def payments(self) -> list[Payment]:
        query = select(Payment).where(Payment.invoice_id == self.invoice.id).order_by(Payment.paid_at.desc())
        return list(self.session.scalars(query))

    @cached_property
    def refunds(self) -> list[Refund]:
        query = select(Refund).join(Refund.payment).where(Payment.invoice_id == self.invoice.id)
        shown = query.options(joinedload(Refund.made_by), joinedload(Refund.credit_note), joinedload(Refund.payment))
        return list(self.session.scalars(shown.order_by(Refund.id.desc())))

    @cached_property
    def waiting(self) -> list[Waiting]:
        """Refunds that wait for a second person."""
        return waiting(self.session, self.refunds)

    @cached_property
    def matters(self) -> list[Matter]:
        """What waits for a decision on its money."""
        query = select(Attention).where(Attention.invoice_id == self.invoice.id, Attention.resolved_at.is_(None))
        loaded = query.options(joinedload(Attention.payment), joinedload(Attention.invoice))
        return [Matter(row) for row in self.session.scalars(loaded.order_by(Attention.id))]

    @cached_property
    def unheard(self) -> list[Checkout]:
        """Checkouts that were completed at an account that was disconnected before their payment was home."""
        query = select(Checkout).where(Checkout.invoice_id == self.invoice.id, Checkout.is_unheard())
        return list(self.session.scalars(query.options(joinedload(Checkout.account)).order_by(Checkout.id)))

    @cached_property
    def disputes(self) -> list[Dispute]:
        query = select(Dispute).join(Dispute.payment).where(Payment.invoice_id == self.invoice.id)
        return list(self.session.scalars(query.order_by(Dispute.created_at.desc())))

    @cached_property
    def mails(self) -> Newest[Mail]:
        query = select(Mail).where(Mail.invoice_id == self.invoice.id).order_by(Mail.id.desc())
        return newest(self.session, query, self._longest)

    @property
    def messages(self) -> list[Mail]:
        return self.mails.rows

    @cached_property
    def timeline(self) -> Newest[Activity]:
        query = select(Activity).where(Activity.invoice_id == self.invoice.id).options(joinedload(Activity.user))
        return newest(self.session, query.order_by(Activity.at.desc(), Activity.id.desc()), self._longest)

    @cached_property
    def notes(self) -> Newest[InvoiceNote]:
        query = select(InvoiceNote).where(InvoiceNote.invoice_id == self.invoice.id)
        shown = query.options(joinedload(InvoiceNote.made_by)).order_by(InvoiceNote.id.desc())
        return newest(self.session, shown, self._longest)

    @property
    def _longest(self) -> int | None:
        return None if self.in_full else LONGEST_TIMELINE

    @cached_property
    def email(self) -> Mail | None:
        """The newest message that carried the invoice itself."""
        return next((mail for mail in self.messages if mail.kind == "invoice"), None)

    @property
    def is_sending(self) -> bool:
        waits = self.email is not None and self.email.state == "sending"
        return waits and self.invoice.status == "Issued"

    @property
    def status(self) -> str:
        return pmarked("invoice", "Sending…") if self.is_sending else self.invoice.status

    @cached_property
    def giving(self) -> Giving:
        """What can be given back now, whatever the status: money may have come in for a void invoice too."""
        return Giving(self.session, "invoice", self.invoice.id, self.invoice.currency)
