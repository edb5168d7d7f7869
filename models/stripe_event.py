"""The inbox of webhooks: every signed delivery is kept as it came before anything is done with it."""

import json
import re
from datetime import datetime, timedelta

from babel.dates import format_timedelta
from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.claimable import Claimable
from models.clock import now
from models.language import pmarked, reader_locale

# Translated where they are shown.
OUTCOME_WORDS = {
    "handled": pmarked("event", "Handled"),
    "recorded": pmarked("event", "Recorded"),
    "ignored": pmarked("event", "Left alone"),
    "unreachable": pmarked("event", "Out of reach"),
}
# Of what Stripe writes into events: what lets a browser pay an intent, and the tokens of our own pay links.
_SECRETS = re.compile(r'(?<="client_secret": ")[^"]+|(?<=/pay/)[^/\s"?#]+')


def spoken(span: timedelta) -> str:
    """`2 seconds`; a clock that is behind makes no event arrive before it happened."""
    return format_timedelta(max(span, timedelta()), threshold=1.2, locale=reader_locale())


class StripeEvent(Claimable, Base):
    __tablename__ = "stripe_event"
    __table_args__ = (
        UniqueConstraint("account", "event_id"),
        # The last event of each type and mode, and how many came lately, without a walk through all of them. An index
        # on the moment alone would be in their way: PostgreSQL would walk along it in search of a type.
        Index("ix_stripe_event_type_received_at", "type", "received_at"),
        Index("ix_stripe_event_livemode_received_at", "livemode", "received_at"),
    )

    # "" for the platform's own events: a NULL in a unique index lets duplicates in.
    account: Mapped[str] = mapped_column(String(60), default="")
    event_id: Mapped[str] = mapped_column(String(80), index=True)
    type: Mapped[str] = mapped_column(String(80))
    object_id: Mapped[str] = mapped_column(String(120), default="", index=True)
    api_version: Mapped[str] = mapped_column(String(40), default="")
    livemode: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(default=now)
    body: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(String(20), default="")

    @property
    def lag(self) -> str:
        """How long it was on its way: `2 seconds`."""
        return spoken(self.received_at - self.created_at)

    @property
    def state(self) -> str:
        if self.parked_at:
            return pmarked("event", "Waits for a person")
        if self.due_at:
            return pmarked("event", "Tried again") if self.last_error else pmarked("event", "Waiting")
        return OUTCOME_WORDS.get(self.outcome, self.outcome.capitalize())

    @property
    def shown_body(self) -> str:
        """What Stripe has sent, line by line, without what opens anything."""
        return _SECRETS.sub("…", json.dumps(json.loads(self.body), indent=2, ensure_ascii=False))

    def __str__(self) -> str:
        return self.type
