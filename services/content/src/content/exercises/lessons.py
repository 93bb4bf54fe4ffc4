"""Describes what progress needs of lessons; `content.lessons` implements it, and `service.py` hands it over.

All functions run in the transaction of `rows`, with one or two statements each, however many lessons are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Protocol
from uuid import UUID

from sqlalchemy import ColumnElement

from chassis.handler import Rows
from content.exercises.exercise import Exercise

#: percent of a lesson's points from which on a completed lesson opens those that require it
PASSES = 60


@dataclass(frozen=True, slots=True)
class LessonCard:
    """Holds what lists need of a lesson. `revision` is the newest; `retired`: only for those who are inside."""

    id: UUID
    key: str
    topic: str
    title: str
    sequence: int
    difficulty: str
    minutes: int
    requires: tuple[str, ...]
    revision: int
    retired: bool
    #: sorts lessons by the order of topics, then by sequence
    position: str


@dataclass(frozen=True, slots=True)
class LessonRevision:
    """Holds the exercises of one revision, with their solutions. What a fix of texts has changed is in it.

    `replaced_at`: when newcomers began to see a later one; None while they see this one.
    """

    lesson_id: UUID
    key: str
    revision: int
    exercises: tuple[Exercise, ...]
    replaced_at: datetime | None = None
    #: CommonMark, with `{{exercise: id}}` where an exercise belongs
    text: str = ""
    language: str = "en"
    difficulty: str = "beginner"

    def exercise(self, exercise_id: str) -> Exercise | None:
        """Returns the exercise with an id; None if the revision has none."""
        return next((each for each in self.exercises if each.id == exercise_id), None)


@dataclass(frozen=True, slots=True)
class Place:
    """Holds where a person is in a lesson.

    `revision` is the one that the person is in, with its fix if there is one: that in which the lesson was begun, until
    it is completed or restarted; else the newest. `unlocked` stays true once it is. `score`: the best score of a
    completed lesson, 0–100.
    """

    lesson_id: UUID
    unlocked: bool
    revision: int
    started_at: datetime | None
    restarted_at: datetime | None
    completed_at: datetime | None
    score: int | None


class Lessons(Protocol):
    """Gives lessons, their revisions and the places of a person."""

    def __hash__(self) -> int:
        """Returns a hash by which statements are kept that were made with `has_exercise`."""

    async def cards(self, rows: Rows) -> Sequence[LessonCard]:
        """Returns every lesson that was ever published and not deleted, in order; retired ones too."""

    def has_exercise(self, lesson_id: ColumnElement[UUID], exercise_id: ColumnElement[str]) -> ColumnElement[bool]:
        """Returns the condition that the newest revision of a lesson has an exercise, for statements of this schema."""

    async def revisions(
        self, rows: Rows, wanted: Collection[tuple[UUID, int]]
    ) -> Mapping[tuple[UUID, int], LessonRevision]:
        """Returns revisions by lesson and number; one that does not exist is missing."""

    async def places(self, rows: Rows, person: UUID, lessons: Collection[UUID] | None = None) -> Mapping[UUID, Place]:
        """Returns a person's place in each lesson (of `lessons`, or all), whether or not it was begun.

        A retired lesson in which the person has no place is missing, as one that does not exist is: it is a 404.
        """

    async def enter(
        self,
        rows: Rows,
        person: UUID,
        lessons: Mapping[UUID, datetime],
        revisions: Mapping[UUID, int] = MappingProxyType({}),
    ) -> Mapping[UUID, int]:
        """Begins lessons at given times, unless they were begun; returns the revision that the person is in.

        A lesson is begun in its newest revision, or in that of `revisions`. The caller has checked `Place.unlocked`. It
        takes the lock of the person's places in these lessons.
        """

    async def complete(self, rows: Rows, person: UUID, lesson: UUID, score: int, at: datetime) -> Sequence[UUID]:
        """Notes that a lesson that was entered is completed, with its score 0–100; returns the lessons this unlocks.

        Repeating it keeps the first time and the best score, so a fold from nothing may call it again. Who has begun
        the lesson again since stays in the revision of that run.
        """
