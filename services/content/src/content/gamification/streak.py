"""Folds the days on which a person learned into their streak. All of it is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from content.days import Calendar, Setting

DayState = Literal["done", "open", "excused", "frozen", "missed"]

_ONE_DAY = timedelta(days=1)
#: a date of which less was lived is no miss
LEAST_LIVED = timedelta(hours=12)
#: each so many days without a break earn a freeze, up to the most that one can have; everyone starts with one
FREEZE_EVERY, MOST_FREEZES, FIRST_FREEZES = 7, 2, 1


class Day(NamedTuple):
    """Holds a date with its state."""

    date: date
    state: DayState


@dataclass(frozen=True, slots=True)
class Streak:
    """Holds the `current` run of days, the `longest` so far, the freezes left, and each day since the first done one.

    Frozen and excused days neither add to a run nor break it.
    """

    current: int
    longest: int
    freezes: int
    days: tuple[Day, ...]


def streak_of(done: Collection[date], calendar: Calendar, now: datetime, freezes: int = FIRST_FREEZES) -> Streak:
    """Folds the `done` dates up to today.

    A change of zone may turn the date back, so dates after today may be done already.
    """
    today = calendar.today(now).day
    last = max(today, max(done, default=today))
    day = min(done, default=last + _ONE_DAY)
    run = longest = 0
    days: list[Day] = []
    while day <= last:
        state: DayState
        if day in done:
            state, run = "done", run + 1
            longest = max(longest, run)
            if run % FREEZE_EVERY == 0:
                freezes = min(freezes + 1, MOST_FREEZES)
        elif day >= today:
            state = "open"
        elif calendar.length(day, now) < LEAST_LIVED:
            state = "excused"
        elif freezes > 0 and run > 0:
            state, freezes = "frozen", freezes - 1
        else:
            state, run = "missed", 0
        days.append(Day(day, state))
        day += _ONE_DAY
    return Streak(run, longest, freezes, tuple(days))


def explain(settings: Iterable[Setting], moments: Iterable[datetime], now: datetime, freezes: int) -> Streak:
    """Returns the streak of somebody who learned at these moments. What is later than `now` has not happened.

    A moment belongs to the day of the setting in force when it happened.
    """
    calendar = Calendar(each for each in settings if each.since <= now)
    done = frozenset(calendar.dates(sorted(moment for moment in moments if moment <= now)))
    return streak_of(done, calendar, now, freezes)
