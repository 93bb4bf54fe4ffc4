"""Defines why an event that was handed in is not taken. The others of its list are."""

from __future__ import annotations

from chassis.web.problems import ProblemType

LESSON_LOCKED = ProblemType(
    name="lesson-locked",
    status=403,
    title="This lesson is not open yet",
    detail="Complete the lessons named in `requires` first.",
)
BAD_ANSWER = ProblemType(
    name="bad-answer",
    status=422,
    title="This is no answer to this type of exercise",
    detail="The answer has another shape, or names what the exercise does not have.",
)
TOO_OLD = ProblemType(
    name="too-old", status=422, title="This happened too long ago", detail="Events are taken for 7 days."
)
TOO_EARLY = ProblemType(
    name="too-early",
    status=409,
    title="Try a little longer",
    detail="The solution is there after three wrong tries.",
)
#: those of single events, which stand in the results
EACH = (LESSON_LOCKED, BAD_ANSWER, TOO_OLD, TOO_EARLY)
