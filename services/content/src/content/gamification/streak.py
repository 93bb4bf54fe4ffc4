"""Folds the days on which a person learned into their streak. All of it is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from content.days import Calendar, Setting

DayState = Literal["done", "open", "excused", "frozen", "missed"]

_ONE_DAY = timedelta(days=1)
#: a date of which less was lived is no miss
LEAST_LIVED = timedelta(hours=12)
#: each so many days without a break earn a freeze, up to the most that one can have; everyone starts with one
FREEZE_EVERY, MOST_FREEZES, FIRST_FREEZES = 7, 2, 1
#: so long after it no change of a zone touches a day any more
FINAL_AFTER = timedelta(days=4)


class Day(NamedTuple):
    """Holds a date with its state."""

    date: date
    state: DayState


class Kept(NamedTuple):
    """Holds a streak as it was when the day `until` began: all days before are folded. `last`: the last done of them.

    A fold goes on from it with the days from then on, unless one before has become done, or the zone has changed.
    """

    until: date
    run: int = 0
    longest: int = 0
    freezes: int = FIRST_FREEZES
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Streak:
    """Holds the `current` run of days, the `longest` so far, the freezes left, and each day since the first done one.

    Frozen and excused days neither add to a run nor break it. `kept`: with what the next fold goes on; None while
    there are no days that are final. A fold that went on has only the days since then.
    """

    current: int
    longest: int
    freezes: int
    days: tuple[Day, ...]
    kept: Kept | None = field(default=None, compare=False)


def streak_of(
    done: Collection[date],
    calendar: Calendar,
    now: datetime,
    freezes: int = FIRST_FREEZES,
    kept: Kept | None = None,
    final: date | None = None,
) -> Streak:
    """Folds the `done` dates up to today: all of them, or those from `kept` on.

    A change of zone may turn the date back, so dates after today may be done already. What the next fold may go on with
    is the streak at the begin of the day `final`, or of the last one that is sure to stay as it is.
    """
    today = calendar.today(now).day
    last = max(today, max(done, default=today))
    final = final or today - FINAL_AFTER
    day, run, longest, freezes, latest = kept or Kept(min(done, default=last + _ONE_DAY), freezes=freezes)
    days: list[Day] = []
    while day <= last:
        if day == final:
            kept = Kept(day, run, longest, freezes, latest)
        state: DayState
        if day in done:
            state, run, latest = "done", run + 1, day
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
    return Streak(run, longest, freezes, tuple(days), kept)


def explain(settings: Iterable[Setting], moments: Iterable[datetime], now: datetime, freezes: int) -> Streak:
    """Returns the streak of somebody who learned at these moments. What is later than `now` has not happened.

    A moment belongs to the day of the setting in force when it happened.
    """
    calendar = Calendar(each for each in settings if each.since <= now)
    done = frozenset(calendar.dates(sorted(moment for moment in moments if moment <= now)))
    return streak_of(done, calendar, now, freezes)
