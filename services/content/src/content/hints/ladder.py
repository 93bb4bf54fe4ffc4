"""Says which level of hint comes next, and which text of the author may be given. All of it is pure."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from content.exercises.exercise import HINTS, Exercise
from content.exercises.leaks import secrets_of
from contracts.leaks.check import leak

#: the level that shows another task solved: only to who has tried this one
AFTER_A_TRY = 3
#: the verdict on a text that gives nothing away
PASSED = "passed"
#: the level of what is given where each hint tells too much: it says where to look
LEAST = 1
#: given where each hint of the author gives the answer away, which publishing refuses
_NOTHING_TOLD = "Read the task once more, slowly. Say in your own words what it asks for."


class LevelLocked(Exception):
    """Says that the level below was not seen, or that the exercise was not tried yet."""


class AlreadySolved(Exception):
    """Says that the exercise is solved or given up, so that a hint is of no use."""


class Authored(NamedTuple):
    """Holds a text that may be given, and the verdict on each that was looked at: the rule that it broke, or passed."""

    text: str
    verdicts: tuple[str, ...]
    #: of the text, which may stand in for that of a higher one
    level: int


def level_of(asked: int | None, seen: Collection[int], *, attempts: int, done: bool) -> int:
    """Returns the level that is given. `asked` None: the next one that was not seen, or the last.

    Raises `LevelLocked` and `AlreadySolved`; a level that was seen is always there again.
    """
    level = asked or next((level for level in range(1, HINTS + 1) if level not in seen), HINTS)
    if level in seen:
        return level
    if done:
        raise AlreadySolved
    if (level > 1 and level - 1 not in seen) or (level == AFTER_A_TRY and attempts == 0):
        raise LevelLocked
    return level


def authored(exercise: Exercise, level: int) -> Authored:
    """Returns the author's hint of a level; where that gives the answer away, the nearest below that does not."""
    secrets, verdicts = secrets_of(exercise), list[str]()
    for of in range(level, 0, -1):
        verdicts.append(leak(secrets, exercise.hints[of - 1]) or PASSED)
        if verdicts[-1] == PASSED:
            return Authored(exercise.hints[of - 1], tuple(verdicts), of)
    return Authored(_NOTHING_TOLD, (*verdicts, PASSED), LEAST)
