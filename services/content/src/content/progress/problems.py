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
__all__ = ["BAD_ANSWER", "EACH", "LESSON_LOCKED", "TOO_EARLY", "TOO_OLD"]
#: those of single events, which stand in the results
EACH = (LESSON_LOCKED, BAD_ANSWER, TOO_OLD, TOO_EARLY)
