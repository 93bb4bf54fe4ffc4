"""Makes the ids of options and items, and the order in which a learner sees them.

An id says nothing of the order in the file and nothing of what is right: it is a digest of where the text stands and
of the text. The order follows from the learner, the revision and the ids alone, so it is the same at each reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar
from uuid import UUID


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)


def item_id(lesson: str, exercise: str, text: str, side: str = "") -> str:
    """Returns the id of a text in an exercise; `lesson` is the key of the lesson, `side` left or right of a pair."""
    return _digest(lesson, exercise, side, text)[:12]


def shuffle_seed(person: UUID | None, lesson: UUID, revision: int) -> str:
    """Returns what the order of all items in a lesson follows from. Without a person it is the same for everybody."""
    return _digest("" if person is None else person.hex, lesson.hex, str(revision))


def shuffled(items: Iterable[T], seed: str, exercise: str) -> list[T]:
    """Returns items in the order of one learner."""
    return sorted(items, key=lambda item: _digest(seed, exercise, item.id))


def shuffled_apart(items: Sequence[T], seed: str, exercise: str) -> list[T]:
    """Returns items in the order of one learner, which is never the order that they have here."""
    shown = shuffled(items, seed, exercise)
    return [*shown[1:], shown[0]] if shown == list(items) else shown


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
