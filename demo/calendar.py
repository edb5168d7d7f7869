"""Moments of the story, counted back from the present in the studio's time zone."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.cast import ORGANIZATION

ZONE = ZoneInfo(str(ORGANIZATION["time_zone"]))


@dataclass(frozen=True)
class Calendar:
    present: datetime

    def at(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        day = self.present.astimezone(ZONE).date() - timedelta(days=days_ago)
        return datetime.combine(day, time(hour, minute), ZONE).astimezone(UTC)

    def in_office(self, days_ago: int, dice: random.Random) -> datetime:
        """In the morning of a working day: the last one before a weekend."""
        weekday = self.at(days_ago).astimezone(ZONE).weekday()
        return self.at(days_ago + max(0, weekday - 4), dice.randint(8, 11), dice.randint(0, 59))

    def end_of(self, days_ago: int) -> datetime:
        return self.at(days_ago, 23, 59) + timedelta(seconds=59)

    def just_now(self) -> datetime:
        """Some minutes ago, and today: a payout arrives at midnight UTC, and one shall still be on its way."""
        midnight = self.present.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(self.present - timedelta(minutes=3), midnight)
