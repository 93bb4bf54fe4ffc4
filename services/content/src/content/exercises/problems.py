"""Defines the problems that several verticals have with exercises."""

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
