"""Sets the timer at the end of a learner's day, which announces that the day has closed and another begun.

It only announces: what became of the day follows from the fold of what the learner did.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from contracts.learning import LearnerDayEnds

#: after a change of the clock the end of the day is counted anew at once
NOW = timedelta()


class Timers(Protocol):
    """Sets timers in a transaction."""

    def schedule(self, key: str, due: datetime | timedelta, message: LearnerDayEnds) -> None:
        """Sets a timer, in place of the one with the same key."""


def set_day_timer(timers: Timers, person: UUID, due: datetime | timedelta) -> None:
    """Sets the timer of a person's day, in place of the one before."""
    timers.schedule(day_key(person), due, LearnerDayEnds(person_id=person))


def day_key(person: UUID) -> str:
    """Returns the key of the timer of a person's day."""
    return f"learner-day/{person}"
