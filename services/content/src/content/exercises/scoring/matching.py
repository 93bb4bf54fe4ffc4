"""Scores pairs."""

from __future__ import annotations

from content.exercises.answers import Pairs
from content.exercises.exercise import Matching
from content.exercises.scoring.outcome import Part, Score, by_share, each_of


def score_matching(exercise: Matching, answer: Pairs) -> Score:
    """Returns the share of right pairs. A part has the id of the left item."""
    each_of([*answer.pairs], [pair.left.id for pair in exercise.pairs])
    each_of([*answer.pairs.values()], [pair.right.id for pair in exercise.pairs])
    return by_share(Part(pair.left.id, answer.pairs[pair.left.id] == pair.right.id) for pair in exercise.pairs)
