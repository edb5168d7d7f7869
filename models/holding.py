"""A row that is being changed while Stripe is asked: nobody may begin to pay for it, or on it, meanwhile."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.orm import Mapped

from models.clock import now
from models.refusal import Conflict

# Longer than the calls that happen meanwhile may take; after a crash it runs out by itself within a minute.
HOLD = timedelta(seconds=45)


class Holdable:
    """Voiding, revising and disconnecting set a hold, let go of the checkouts, and only then change the row."""

    # What the second one is told who wants to change it.
    in_other_hands: ClassVar[str] = "Somebody else is changing this invoice right now. Please try again in a minute."
    held_until: Mapped[datetime | None]

    @property
    def is_held(self) -> bool:
        return self.held_until is not None and self.held_until > now()

    def hold(self) -> datetime:
        """Until when. The row must be locked; refused while somebody else holds it."""
        if self.is_held:
            raise Conflict(self.in_other_hands)
        self.held_until = now() + HOLD
        return self.held_until

    def refuse_held(self) -> None:
        """What a customer is told who presses Pay meanwhile."""
        if self.is_held:
            raise Conflict("This invoice is being changed right now. Please try again in a minute.")
