"""Describes what progress needs of gamification, which implements it; `service.py` hands it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from pydantic import BaseModel

from chassis.handler import Rows
from content.days import Calendar


@dataclass(frozen=True, slots=True)
class Award:
    """Holds XP that are given once for a key, such as `exercise/…`, whatever arrives how often."""

    key: str
    xp: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Holds an accepted attempt or review, with what it earns.

    `at`: when it happened, `received`: when it was handed in. `day` and `time_zone` are of the setting in force when it
    happened. `badges` are those that it alone decides.
    """

    event_id: UUID
    at: datetime
    received: datetime
    day: date
    time_zone: str
    review: bool = False
    awards: tuple[Award, ...] = ()
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Badge:
    """Holds a badge that a person has just got. `counted`: for a count that was reached, and not for one thing."""

    name: str
    title: str
    counted: bool
    at: datetime


class StreakOut(BaseModel):
    """Shows a streak. `at_risk`: it is at least 3 days long, today is not done, and ends within 3 hours."""

    current: int
    longest: int
    today: Literal["done", "open"]
    day_ends_at: datetime
    freezes: int
    at_risk: bool


class XpOut(BaseModel):
    """Shows experience points: all, those of today, and how many a day the person aims at."""

    total: int
    today: int
    daily_goal: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Holds what a person has earned until now. `day` is the date that it is for them; `reviews`: how many ever."""

    day: date
    streak: StreakOut
    xp: XpOut
    reviews: int = 0


class Repair(NamedTuple):
    """Holds a day of before today that is done only now, and what it was until then."""

    day: date
    was: Literal["missed", "frozen"]


@dataclass(frozen=True, slots=True)
class Earned:
    """Holds what deeds have earned, and what the person has earned until now.

    `xp` is by event; `badges` are those that the person did not have before; `repairs`: days that are done only now.
    """

    xp: Mapping[UUID, int]
    standing: Standing
    badges: Sequence[Badge] = ()
    repairs: Sequence[Repair] = ()


class Earnings(Protocol):
    """Keeps a person's days, XP and badges."""

    async def calendar(self, rows: Rows, person: UUID) -> Calendar:
        """Returns the person's days, by the settings that they have had."""

    async def earn(self, rows: Rows, person: UUID, deeds: Sequence[Deed], calendar: Calendar, now: datetime) -> Earned:
        """Notes one deed or more, which are handed in now. The caller holds the lock of the person."""

    async def honour(self, rows: Rows, person: UUID, report_id: UUID) -> Sequence[Badge]:
        """Awards the badge of a helpful report; returns it to who did not have it before."""

    async def milestones(self, rows: Rows, person: UUID) -> Sequence[tuple[str, datetime]]:
        """Returns the names of the badges that a person has, and since when, oldest first."""

    async def standing(self, rows: Rows, person: UUID, now: datetime, *, notes: bool = False) -> Standing:
        """Returns streak and XP at a moment; with `notes` it is kept, for which the caller holds the person's lock."""
