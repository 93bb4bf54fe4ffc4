"""Scores whether a sentence is true."""

from __future__ import annotations

from content.exercises.answers import Verdict
from content.exercises.exercise import TrueFalse
from content.exercises.scoring.outcome import RIGHT, WRONG, Score


def score_true_false(exercise: TrueFalse, answer: Verdict) -> Score:
    """Returns 1 for the right verdict."""
    return RIGHT if answer.value == exercise.answer else WRONG
