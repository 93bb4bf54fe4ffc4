"""Scores how well one knew the back of a card, as the learner says."""

from __future__ import annotations

from content.exercises.answers import Rating
from content.exercises.exercise import FlashCard
from content.exercises.scoring.outcome import RIGHT, WRONG, Score


def score_flash_card(exercise: FlashCard, answer: Rating) -> Score:
    """Returns 1 for a card that was known, however hard it was."""
    return WRONG if answer.rating == "again" else RIGHT
