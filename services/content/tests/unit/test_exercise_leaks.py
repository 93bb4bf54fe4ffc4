"""Checks that what solves an exercise may be in no hint of it, whatever its type."""

from __future__ import annotations

import pytest

from content.exercises.exercise import ExerciseType
from content.exercises.leaks import leak_of
from services.content.tests.unit.exercise_examples import EXAMPLES

SOLVING: dict[ExerciseType, str] = {
    "multiple_choice": "Whatever is kept.",
    "multiple_select": "It can be copied.",
    "true_false": "It is true.",
    "ordering": "A bit is less than a byte.",
    "matching": "The memory forgets.",
    "fill_blank": "There are eight bits in it.",
    "free_text": "A solid state drive.",
    "numeric": "Take 1023.6, or 512 + 512.",
    "flash_card": "It forgets.",
}


@pytest.mark.parametrize("type", EXAMPLES)
def test_a_hint_that_solves_an_exercise_leaks(type: ExerciseType) -> None:
    assert leak_of(EXAMPLES[type], SOLVING[type]) is not None
    assert leak_of(EXAMPLES[type], "Look at what happens when the power goes.") is None
