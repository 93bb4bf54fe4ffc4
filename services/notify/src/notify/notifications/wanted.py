"""Defines what a person wants to be told, by type: what `decide` goes by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from chassis.time_zones import first_moment, has_date, zone_of
from notify.notifications.quiet import QuietHours

#: the types that a person can set
Type = Literal[
    "daily_reminder",
    "streak_at_risk",
    "milestone",
    "badge",
    "review_due",
    "feedback_reply",
    "league_result",
    "digest",
    "custom",
    "feedback_ready",
    "account",
]
Kind = Literal["in_app", "email", "web_push", "expo", "apprise", "webhook"]
Mode = Literal["all", "first"]
TYPES: tuple[Type, ...] = get_args(Type)
KINDS: tuple[Kind, ...] = get_args(Kind)
IN_APP: Kind = "in_app"
#: the recipient of consents by kind of channel
RECIPIENT_OF: Mapping[str, Literal["email", "push", "webhook"]] = MappingProxyType(
    {"email": "email", "web_push": "push", "expo": "push", "apprise": "webhook", "webhook": "webhook"}
)
#: kinds that the cap of a day counts
PUSHES = frozenset({"web_push", "expo"})
#: types that wait for the digest of those who want one: the others lose their sense, or have a time of their own
DIGESTED = frozenset({"milestone", "badge", "review_due", "feedback_reply", "league_result", "feedback_ready"})
#: types that put pressure on somebody: for nobody under 18
PRESSING = frozenset({"streak_at_risk"})
PUSH_PER_DAY = 6
#: notifications that a person may mark as urgent, in a day of theirs
URGENT_PER_DAY = 3
_ONE_DAY = timedelta(days=1)
#: dates among which each weekday is found, also where the zone leaves one out
_NEXT = range(-1, 16)


@dataclass(frozen=True, slots=True)
class OfType:
    """Holds what a person wants of one type: on which channels, and whether on `all` or on the `first` that works."""

    enabled: bool = True
    mode: Mode = "all"
    channels: tuple[str, ...] = KINDS


@dataclass(frozen=True, slots=True)
class AtTime:
    """Holds a wall time on dates with one of `days` (0 is Monday)."""

    at: time
    days: frozenset[int]

    def moment(self, zone: ZoneInfo, day: date) -> datetime:
        """Returns the moment of a date: in a repeated hour the first, in a gap the first one after it."""
        return first_moment(zone, day, self.at)

    def after(self, zone: ZoneInfo, moment: datetime) -> datetime:
        """Returns the first such moment after a moment."""
        today = moment.astimezone(zone).date()
        days = (today + number * _ONE_DAY for number in _NEXT)
        found = (self.moment(zone, day) for day in days if day.weekday() in self.days and has_date(zone, day))
        return next(each for each in found if each > moment)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Holds the settings of one person. `minor` is anybody who is not known to decide for themselves on consents.

    `adult` is who is known to be 18 or older.
    """

    zone: ZoneInfo = field(default_factory=lambda: zone_of("UTC"))
    minor: bool = True
    adult: bool = False
    types: Mapping[str, OfType] = field(default_factory=dict)
    quiet: QuietHours | None = None
    reminder: AtTime | None = None
    digest: AtTime | None = None
    push_per_day: int = PUSH_PER_DAY

    def of(self, type_: str) -> OfType:
        """Returns what the person wants of a type."""
        return self.types.get(type_, EVERYTHING)

    def today(self, now: datetime) -> datetime:
        """Returns the moment at which the person's date began."""
        return first_moment(self.zone, now.astimezone(self.zone).date(), time())


EVERYTHING = OfType()
