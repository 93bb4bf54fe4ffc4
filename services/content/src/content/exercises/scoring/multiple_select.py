"""Scores a choice of several options."""

from __future__ import annotations

from content.exercises.answers import Choices
from content.exercises.exercise import MultipleSelect
from content.exercises.scoring.outcome import Score, some_of


def score_multiple_select(exercise: MultipleSelect, answer: Choices) -> Score:
    """Returns `max(0, (right − wrong) / correct)`.

    It shows no parts: who chose everything would be told the solution.
    """
    some_of(answer.choices, [option.id for option in exercise.options])
    correct = {option.id for option in exercise.options if option.correct}
    right = len(correct & set(answer.choices))
    wrong = len(answer.choices) - right
    return Score(max(0.0, (right - wrong) / len(correct)))
