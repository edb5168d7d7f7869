"""A row that is being changed while Stripe is asked: nobody may begin to pay for it, or on it, meanwhile."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import update
from sqlalchemy.orm import Mapped, Session

from models.clock import now
from models.language import gettext, marked
from models.refusal import Conflict

# Longer than it takes to close one checkout, and after a crash over within a minute. Should it run out before all are
# closed, the change still refuses what was begun meanwhile: it asks once more what stands in its way.
HOLD = timedelta(seconds=45)


class Holdable:
    """Voiding, revising and disconnecting set a hold, let go of the checkouts, and only then change the row."""

    # What the second one is told who wants to change it, in English.
    in_other_hands: ClassVar[str] = marked(
        "Somebody else is changing this invoice right now. Please try again in a minute."
    )
    held_until: Mapped[datetime | None]

    @property
    def is_held(self) -> bool:
        return self.held_until is not None and self.held_until > now()

    def hold(self) -> datetime:
        """Until when. The row must be locked; refused while somebody else holds it."""
        if self.is_held:
            raise Conflict(gettext(self.in_other_hands))
        self.held_until = now() + HOLD
        return self.held_until

    def hold_on(self, until: datetime) -> datetime:
        """From now on for as long again, until when; refused when it is in other hands. The row must be locked."""
        if self.held_until != until:
            raise Conflict(gettext(self.in_other_hands))
        self.held_until = now() + HOLD
        return self.held_until

    @classmethod
    def let_go(cls, session: Session, row_id: int, until: datetime) -> None:
        """Only of our own hold: once it has run out, another may be somebody else's."""
        ours = update(cls).where(cls.id == row_id, cls.held_until == until)  # type: ignore[attr-defined]
        session.execute(ours.values(held_until=None))

    def refuse_held(self) -> None:
        """What a customer is told who presses Pay meanwhile."""
        if self.is_held:
            raise Conflict(gettext("This invoice is being changed right now. Please try again in a minute."))
