"""Divides the time of a person into days, by their time zone and the time at which their day starts.

A day begins at the first moment whose wall clock has reached its date and day start, and lasts until the next day
begins. So days last 22 to 26 hours and never overlap. A date that the zone left out has no time at all. Moments are in
UTC throughout: to compare or subtract two datetimes of one zone would compare wall clocks.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from chassis.time_zones import first_moment, zone_of

_ONE_DAY = timedelta(days=1)
#: more than lies between the noon of a date in UTC and any moment of that date in any zone, with any day start
_WIDEST = timedelta(days=3)
MIDNIGHT = time(0)


class Setting(NamedTuple):
    """Holds the time zone (IANA name) and the day start that are in force from a moment on."""

    since: datetime
    time_zone: str
    day_start: time


class Lived(NamedTuple):
    """Holds a date with the time that it lasts: [begin, end)."""

    day: date
    begin: datetime
    end: datetime


#: what is in force before a person's first setting
UNSET = Setting(datetime.min.replace(tzinfo=UTC), "UTC", MIDNIGHT)


class Days:
    """Knows the days of one zone and day start."""

    def __init__(self, time_zone: str, day_start: time = MIDNIGHT) -> None:
        """Takes the IANA name of the zone. Raises ValueError for one that is not in the database."""
        self.time_zone, self.day_start = time_zone, day_start
        self._zone = zone_of(time_zone)

    def begin(self, day: date) -> datetime:
        """Returns the moment at which a day begins."""
        return first_moment(self._zone, day, self.day_start)

    def at(self, moment: datetime) -> Lived:
        """Returns the whole day to which a moment belongs."""
        day = moment.astimezone(self._zone).date()
        while (begin := self.begin(day)) > moment:
            day -= _ONE_DAY
        while (end := self.begin(day + _ONE_DAY)) <= moment:  # also past dates that the zone left out
            day, begin = day + _ONE_DAY, end
        return Lived(day, begin, end)


class Calendar:
    """Knows the days of a person who may have changed their zone and day start: in UTC until the first setting."""

    def __init__(self, settings: Iterable[Setting]) -> None:
        """Takes the settings; of two since the same moment the later one counts."""
        ordered = [UNSET, *sorted(settings, key=lambda each: each.since)]
        self._since = [each.since for each in ordered]
        self._days = [Days(each.time_zone, each.day_start) for each in ordered]

    def in_force(self, moment: datetime) -> Days:
        """Returns the days of the setting that is in force at a moment."""
        return self._days[bisect_right(self._since, moment) - 1]

    def today(self, now: datetime) -> Lived:
        """Returns the day of a moment, by the setting in force then."""
        return self.in_force(now).at(now)

    def dates(self, moments: Iterable[datetime]) -> Iterator[date]:
        """Yields the date of each of some moments, which come in order."""
        day, end, at = date.min, UNSET.since, -1
        for moment in moments:
            if moment >= end:
                now = bisect_right(self._since, moment) - 1
                next_end = self._days[at].begin(day + 2 * _ONE_DAY) if now == at else end
                # mostly the day after, which needs one search less
                day, _, end = (day + _ONE_DAY, end, next_end) if moment < next_end else self._days[now].at(moment)
                at = now
                if at + 1 < len(self._since):
                    end = min(end, self._since[at + 1])
            yield day

    def length(self, day: date, now: datetime) -> timedelta:
        """Returns how much of a date was lived until `now`: none of a date that a change of zone or the zone skipped.

        A date that came again, as on a journey to the west, counts with both its parts.
        """
        noon = datetime.combine(day, time(12), UTC)
        first = bisect_right(self._since, noon - _WIDEST) - 1
        found = timedelta()
        for at in range(first, bisect_right(self._since, noon + _WIDEST)):
            days = self._days[at]
            until = self._since[at + 1] if at + 1 < len(self._since) else now
            begin = max(days.begin(day), self._since[at])
            found += max(min(days.begin(day + _ONE_DAY), until, now) - begin, timedelta())
        return found
