"""Decides what is earned: XP within the limit of a day, and badges. All of it is pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

#: XP that one day earns at most
DAY_XP = 400
#: XP of a person's first right answer to an exercise, by the number of the try; what a hint takes off; and the least
TRY_XP, LATER_XP, HINT_XP, LEAST_XP = (10, 5), 2, 2, 1
LESSON_XP, PERFECT_XP, REVIEW_XP = 20, 10, 2
DEFAULT_GOAL = 50
#: XP that count in a league of what was given on one day (UTC): what was done on many days and comes at once is one
DAY_RANKED_XP = DAY_XP
DAILY_CAP: Literal["daily-cap"] = "daily-cap"
#: more right answers than so many in that time earn XP, and no rank
MOST_AT_ONCE, AT_ONCE = 3, timedelta(seconds=3)
#: a day of learning after more than so many days without
_AWAY = timedelta(days=14)


class Target(NamedTuple):
    """Describes a badge that counts something: `of` what, and how many."""

    title: str
    of: Literal["days", "xp", "reviews"]
    target: int


#: badges that count, by name; the others are awarded for one thing
TARGETS = {
    "days-3": Target("Three days in a row", "days", 3),
    "days-7": Target("Seven days in a row", "days", 7),
    "days-30": Target("Thirty days in a row", "days", 30),
    "days-100": Target("A hundred days in a row", "days", 100),
    "xp-100": Target("100 points of experience", "xp", 100),
    "xp-1000": Target("1,000 points of experience", "xp", 1_000),
    "xp-5000": Target("5,000 points of experience", "xp", 5_000),
    "reviews-50": Target("Fifty reviews", "reviews", 50),
}
FIRST_LESSON, PERFECT_LESSON, BACK_AGAIN, HELPFUL = "first-lesson", "perfect-lesson", "back-again", "helpful-report"
_TITLES = {
    FIRST_LESSON: "First lesson",
    PERFECT_LESSON: "A lesson without a mistake",
    BACK_AGAIN: "Back after fourteen days",
    HELPFUL: "A helpful report",
}
_TOPIC = "topic/"


def topic_badge(topic: str) -> str:
    """Returns the badge for all lessons of a topic."""
    return f"{_TOPIC}{topic}"


def title_of(badge: str) -> str:
    """Returns the title of a badge."""
    if badge.startswith(_TOPIC):
        return f"All of “{badge.removeprefix(_TOPIC).replace('-', ' ')}”"
    return TARGETS[badge].title if badge in TARGETS else _TITLES.get(badge, badge)


def exercise_xp(tries: int, hints: int) -> int:
    """Returns the XP of the first right answer to an exercise, at try number `tries` (from 1), after so many hints."""
    base = TRY_XP[tries - 1] if tries <= len(TRY_XP) else LATER_XP
    return max(LEAST_XP, base - HINT_XP * hints)


def within_the_day(xp: int, earned: int) -> int:
    """Returns how much of some XP is given on a day on which so much was earned already."""
    return max(0, min(xp, DAY_XP - earned))


@dataclass(slots=True)
class Ledger:
    """Gives XP once for each key, within the limit of each day. `given` are the keys, `spent` the XP by day."""

    given: set[str]
    spent: dict[date, int]

    def give(self, key: str, xp: int, day: date) -> int | None:
        """Returns the XP that a key gets on a day; None where it was given before."""
        if key in self.given:
            return None
        self.given.add(key)
        found = within_the_day(xp, self.spent.get(day, 0))
        self.spent[day] = self.spent.get(day, 0) + found
        return found


def paced(at: datetime, received: datetime, last: datetime | None) -> datetime:
    """Returns when an answer was given, as far as our own clock bears it out: it alone decides whether that was hasty.

    What is handed in together was done, whatever the client says, after anything was given `last`. Where nothing ever
    was, all of it counts as done when it was received.
    """
    return received if last is None else min(received, max(at, last))


def hasty(moments: Iterable[datetime]) -> set[datetime]:
    """Returns the moments of right answers that came too fast for a person: more than three within three seconds."""
    ordered = sorted(moments)
    found: set[datetime] = set()
    for first in range(len(ordered) - MOST_AT_ONCE):
        together = ordered[first : first + MOST_AT_ONCE + 1]
        if together[-1] - together[0] <= AT_ONCE:
            found.update(together)
    return found


def counted_badges(*, longest: int, xp: int, reviews: int) -> set[str]:
    """Returns the badges that these counts earn."""
    counts = {"days": longest, "xp": xp, "reviews": reviews}
    return {name for name, badge in TARGETS.items() if counts[badge.of] >= badge.target}


def came_back(days: Collection[date]) -> bool:
    """Tells whether somebody learned again after more than fourteen days without."""
    ordered = sorted(days)
    return any(later - earlier > _AWAY for earlier, later in pairwise(ordered))
