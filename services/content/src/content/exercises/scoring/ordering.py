"""Scores an order of items."""

from __future__ import annotations

from itertools import combinations

from content.exercises.answers import Order
from content.exercises.exercise import Ordering
from content.exercises.scoring.outcome import Part, Score, each_of


def score_ordering(exercise: Ordering, answer: Order) -> Score:
    """Returns `1 − inversions / most possible`: pairs of items that stand the wrong way round count.

    A part is right if the item stands in its place.
    """
    ids = [item.id for item in exercise.items]
    each_of(answer.order, ids)
    places = [ids.index(id) for id in answer.order]
    pairs = list(combinations(places, 2))
    inversions = sum(first > second for first, second in pairs)
    parts = tuple(Part(id, ids[at] == id) for at, id in enumerate(answer.order))
    return Score(1 - inversions / len(pairs) if pairs else 1.0, parts)
