"""Defines what scoring an answer gives."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from content.exercises.answers import BadAnswer


class Part(NamedTuple):
    """Says whether one item, pair or blank of an answer is right."""

    id: str
    correct: bool


class Score(NamedTuple):
    """Holds the share of an answer that is right, 0–1, and its parts where its type shows them."""

    score: float
    parts: tuple[Part, ...] | None = None

    @property
    def correct(self) -> bool:
        """Tells whether all of the answer is right."""
        return self.score == 1.0


RIGHT, WRONG = Score(1.0), Score(0.0)


def by_share(parts: Iterable[Part]) -> Score:
    """Returns the score of an answer whose parts count alike."""
    found = tuple(parts)
    return Score(sum(part.correct for part in found) / len(found), found)


def each_of(given: Collection[str], known: Collection[str]) -> None:
    """Raises `BadAnswer` unless `given` names each of the `known` ids once."""
    if sorted(given) != sorted(known):
        raise BadAnswer("it names each item once")


def some_of(given: Collection[str], known: Collection[str]) -> None:
    """Raises `BadAnswer` unless `given` names only `known` ids, none of them twice."""
    if len(set(given)) < len(given) or not set(given) <= set(known):
        raise BadAnswer("it names options of the exercise, each once")
