"""Reads time zones from the wheel `tzdata`, so that every machine has the same rules, whatever its own files say.

Moments are in UTC: to compare or subtract two datetimes of one zone would compare wall clocks. A wall time is a date
and a time that a clock on the wall shows; it is given without a zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import tzdata

#: the release of the IANA database, such as “2026f”
VERSION: str = tzdata.IANA_VERSION

_ONE_DAY, _ONE_SECOND, _NONE = timedelta(days=1), timedelta(seconds=1), timedelta()


@cache
def names() -> frozenset[str]:
    """Returns the names of all zones."""
    return frozenset(resources.files(tzdata).joinpath("zones").read_text(encoding="utf-8").split())


@cache
def zone_of(name: str) -> ZoneInfo:
    """Returns a zone by its IANA name. Raises ValueError for a name that is not in the database."""
    if name not in names():
        raise ValueError("must be a time zone such as Europe/Berlin")
    with resources.files(tzdata).joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def first_moment(zone: ZoneInfo, day: date, wall: time) -> datetime:
    """Returns the first moment of a wall time; where the clock skips it, the first moment after the gap."""
    return _moment(zone, day, wall, last=False)


def last_moment(zone: ZoneInfo, day: date, wall: time) -> datetime:
    """Returns the last moment of a wall time; where the clock skips it, the first moment after the gap."""
    return _moment(zone, day, wall, last=True)


def has_date(zone: ZoneInfo, day: date) -> bool:
    """Tells whether a zone has a date at all: one that moved across the date line may have left it out."""
    return first_moment(zone, day, time()) < first_moment(zone, day + _ONE_DAY, time())


def _moment(zone: ZoneInfo, day: date, wall: time, *, last: bool) -> datetime:
    shown = datetime.combine(day, wall, UTC)  # the zone reads only the wall clock of it
    before = zone.utcoffset(shown) or _NONE
    after = zone.utcoffset(shown.replace(fold=1)) or _NONE
    if after > before:  # the wall clock skips this time
        return _gap_end(zone, shown.replace(tzinfo=None), shown - after, shown - before)
    return shown - (after if last else before)


def _gap_end(zone: ZoneInfo, wall: datetime, before: datetime, after: datetime) -> datetime:
    """Returns the first second of (before, after] whose wall clock has reached `wall`."""
    while after - before > _ONE_SECOND:
        middle = before + (after - before) // _ONE_SECOND // 2 * _ONE_SECOND
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            after = middle
        else:
            before = middle
    return after
