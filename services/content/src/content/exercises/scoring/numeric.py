"""Scores a number."""

from __future__ import annotations

from content.exercises.answers import BadAnswer, Number
from content.exercises.exercise import Numeric
from content.exercises.scoring.numbers import Quantity, quantities
from content.exercises.scoring.outcome import RIGHT, WRONG, Score
from content.exercises.scoring.units import same_unit

#: what floating point may lose in a comparison, as a part of the value
_ROUNDING = 1e-9


def score_numeric(exercise: Numeric, answer: Number) -> Score:
    """Returns 1 for a number within the tolerance, without a unit or with that of the exercise.

    Where a text may be read in two ways (“1,024”), one that is right is enough. Raises `BadAnswer` for no number.
    """
    found = [Quantity(answer.value, "")] if isinstance(answer.value, float) else quantities(answer.value)
    if not found:
        raise BadAnswer("it is a number")
    margin = exercise.tolerance + _ROUNDING * max(1.0, abs(exercise.value))
    right = any(
        abs(each.value - exercise.value) <= margin and (exercise.unit is None or same_unit(each.unit, exercise.unit))
        for each in found
    )
    return RIGHT if right else WRONG
