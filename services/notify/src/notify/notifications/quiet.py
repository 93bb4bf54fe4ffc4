"""Says when a person's quiet hours are. All of it is pure, and moments are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from chassis.time_zones import first_moment, has_date, last_moment

_ONE_DAY = timedelta(days=1)
#: dates around that of a moment whose quiet hours may hold it: a clock that is turned back repeats a date
_AROUND = range(-2, 2)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Holds the wall times between which a person is not disturbed, on dates with one of `days` (0 is Monday).

    An `end` that is not after the `start` is on the next date.
    """

    start: time
    end: time
    days: frozenset[int]

    def of(self, zone: ZoneInfo, day: date) -> tuple[datetime, datetime]:
        """Returns the quiet hours of a date: [start, end). Both are the same moment where a gap holds both."""
        ends_on = day if self.end > self.start else day + _ONE_DAY
        return first_moment(zone, day, self.start), last_moment(zone, ends_on, self.end)


def quiet_until(quiet: QuietHours, zone: ZoneInfo, moment: datetime) -> datetime:
    """Returns the end of the quiet hours that hold a moment, and of those that follow without a pause; else itself."""
    while True:
        today = moment.astimezone(zone).date()
        ends = [end for start, end in _near(quiet, zone, today) if start <= moment < end]
        if not ends:
            return moment
        moment = max(ends)


@lru_cache(maxsize=4096)
def _near(quiet: QuietHours, zone: ZoneInfo, today: date) -> tuple[tuple[datetime, datetime], ...]:
    """Returns the quiet hours near a date; many people want the same."""
    days = [today + number * _ONE_DAY for number in _AROUND]
    return tuple(quiet.of(zone, day) for day in days if day.weekday() in quiet.days and has_date(zone, day))
