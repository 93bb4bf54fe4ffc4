"""Scores the texts that fill blanks."""

from __future__ import annotations

from content.exercises.answers import BadAnswer, Blanks
from content.exercises.exercise import FillBlank
from content.exercises.scoring.outcome import Part, Score, by_share
from content.exercises.scoring.text import is_accepted


def score_fill_blank(exercise: FillBlank, answer: Blanks) -> Score:
    """Returns the share of right blanks. A part has the number of its blank, from 1.

    What one typo makes into an answer of another blank is wrong.
    """
    if len(answer.blanks) != len(exercise.blanks):
        raise BadAnswer("it has a text for each blank")
    parts = []
    for number, (text, accepted) in enumerate(zip(answer.blanks, exercise.blanks, strict=True), start=1):
        others = [other for at, blank in enumerate(exercise.blanks, start=1) if at != number for other in blank]
        right = is_accepted(text, accepted, typos=exercise.typos, refused=[*exercise.refused, *others])
        parts.append(Part(str(number), right))
    return by_share(parts)
