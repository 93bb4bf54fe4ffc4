"""Scores answers: one pure function for each type of exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from content.exercises.answers import ANSWERS, Answer, BadAnswer
from content.exercises.exercise import Exercise, ExerciseType
from content.exercises.scoring.fill_blank import score_fill_blank
from content.exercises.scoring.flash_card import score_flash_card
from content.exercises.scoring.free_text import score_free_text
from content.exercises.scoring.matching import score_matching
from content.exercises.scoring.multiple_choice import score_multiple_choice
from content.exercises.scoring.multiple_select import score_multiple_select
from content.exercises.scoring.numeric import score_numeric
from content.exercises.scoring.ordering import score_ordering
from content.exercises.scoring.outcome import Score
from content.exercises.scoring.true_false import score_true_false

SCORERS: Mapping[ExerciseType, Callable[[Any, Any], Score]] = {
    "multiple_choice": score_multiple_choice,
    "multiple_select": score_multiple_select,
    "true_false": score_true_false,
    "ordering": score_ordering,
    "matching": score_matching,
    "fill_blank": score_fill_blank,
    "free_text": score_free_text,
    "numeric": score_numeric,
    "flash_card": score_flash_card,
}

__all__ = ["SCORERS", "Score", "score"]


def score(exercise: Exercise, answer: Answer) -> Score:
    """Returns the score of an answer. Raises `BadAnswer` where it has not the shape that the exercise asks for."""
    if not isinstance(answer, ANSWERS[exercise.type]):
        raise BadAnswer("it answers another type of exercise")
    return SCORERS[exercise.type](exercise, answer)
