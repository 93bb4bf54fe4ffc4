"""Describes what hints need of progress, which implements it; `service.py` hands it over."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol
from uuid import UUID

from chassis.handler import Rows
from content.exercises.exercise import Exercise
from content.exercises.lessons import LessonRevision, Place


class ExerciseLog(Protocol):
    """Tells what a person has done with an exercise since they began the lesson, or began it again."""

    @property
    def place(self) -> Place:
        """Returns where the person is in the lesson."""

    @property
    def revision(self) -> LessonRevision | None:
        """Returns the revision that the person is in."""

    @property
    def exercise(self) -> Exercise | None:
        """Returns the exercise in the revision that the person is in; None if it has none with this id."""

    @property
    def run(self) -> datetime | None:
        """Returns when the person began the lesson again; None: never."""

    @property
    def attempts(self) -> int:
        """Returns how many answers the person has given."""

    @property
    def hints(self) -> frozenset[int]:
        """Returns the levels of the hints that the person has seen."""

    @property
    def done(self) -> bool:
        """Tells whether the exercise is solved or given up."""

    async def see(self, level: int) -> None:
        """Notes that the person sees the hint of a level now; nothing where it is noted, or the exercise is done.

        It begins the lesson, so that the hint and the answers are of one revision.
        """


class HintLog(Protocol):
    """Reads and writes in the log of what learners do."""

    async def read(self, rows: Rows, person: UUID, lesson: UUID, exercise: str) -> ExerciseLog | None:
        """Reads what a person did with an exercise; None for a lesson that is not there for them.

        The caller holds the lock of the person wherever it writes.
        """
