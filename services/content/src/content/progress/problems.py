"""Defines why an event that was handed in is not taken. The others of its list are."""

from __future__ import annotations

from chassis.web.problems import ProblemType
from content.exercises.problems import BAD_ANSWER, LESSON_LOCKED

TOO_OLD = ProblemType(
    name="too-old", status=422, title="This happened too long ago", detail="Events are taken for 7 days."
)
TOO_EARLY = ProblemType(
    name="too-early",
    status=409,
    title="Try a little longer",
    detail="The solution is there after three wrong tries.",
)
#: how many events of a person are taken on a day of UTC, by when they are handed in
MOST_A_DAY = 5_000
#: the type by which every limit is told; what is refused so may be handed in again tomorrow
TOO_MANY_TODAY = ProblemType(
    name="rate-limited",
    status=429,
    title="Too many for one day",
    detail=f"{MOST_A_DAY:,} events are taken on a day (UTC). Hand this one in tomorrow.",
)
__all__ = ["BAD_ANSWER", "EACH", "LESSON_LOCKED", "MOST_A_DAY", "TOO_EARLY", "TOO_MANY_TODAY", "TOO_OLD"]
#: those of single events, which stand in the results
EACH = (LESSON_LOCKED, BAD_ANSWER, TOO_OLD, TOO_EARLY)
