"""Scores a choice of one option."""

from __future__ import annotations

from content.exercises.answers import Choice
from content.exercises.exercise import MultipleChoice
from content.exercises.scoring.outcome import RIGHT, WRONG, Score, some_of


def score_multiple_choice(exercise: MultipleChoice, answer: Choice) -> Score:
    """Returns 1 for the correct option."""
    some_of([answer.choice], [option.id for option in exercise.options])
    return RIGHT if any(option.correct for option in exercise.options if option.id == answer.choice) else WRONG
