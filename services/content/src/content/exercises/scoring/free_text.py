"""Scores a word or a few."""

from __future__ import annotations

from content.exercises.answers import BadAnswer, Words
from content.exercises.exercise import FreeText
from content.exercises.scoring.outcome import RIGHT, WRONG, Score
from content.exercises.scoring.text import is_accepted


def score_free_text(exercise: FreeText, answer: Words) -> Score:
    """Returns 1 for an accepted text."""
    if len(answer.text) > exercise.max_length:
        raise BadAnswer("it is not longer than the exercise allows")
    right = is_accepted(answer.text, exercise.accepted, typos=exercise.typos, refused=exercise.refused)
    return RIGHT if right else WRONG
