"""Until when a customer has promised to pay."""

from datetime import date, timedelta

from sqlalchemy import Date
from sqlalchemy.orm import Mapped, mapped_column

from models.invoice_figures import InvoiceFigures
from models.language import gettext
from models.refusal import Refused

# Two years.
LONGEST_PROMISE = timedelta(days=731)


class Promised(InvoiceFigures):
    """A part of an invoice. A promise stands while anything is due or on its way."""

    promised_for: Mapped[date | None] = mapped_column(Date)

    def promise(self, day: date, today: date) -> None:
        """Refuses what is not owed, a day that is over on the organization's calendar, and one more than two years away
        that is later than its due date."""
        if not self.due().amount:
            raise Refused(gettext("Nothing is due, so there is nothing to promise."))
        if day < today:
            raise Refused(gettext("That day is over. Choose today or a later day."))
        if day > (last := max(today + LONGEST_PROMISE, self.due_date or today)):
            raise Refused(gettext("That is more than two years away. Choose %(last)s or an earlier day.", last=last))
        self.promised_for = day

    def end_settled_promise(self) -> None:
        if not self.due().amount and not self.processing:
            self.promised_for = None

    @property
    def promised_day(self) -> date | None:
        """Until when what is due now is promised; what is on its way is not asked for."""
        return self.promised_for if self.due().amount else None
