"""Reads and writes hints in the log of what learners do: the implementation of `content.hint_log`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.handler import Rows
from chassis.message.envelope import new_id
from content.earnings import Earnings
from content.exercises.exercise import Exercise
from content.exercises.lessons import LessonRevision, Lessons, Place
from content.progress import store
from content.progress.cards import Answered
from content.progress.fold import ExerciseState, Logged
from content.progress.ground import Asked, Ground, read_ground


@dataclass(frozen=True, slots=True)
class StoredExerciseLog:
    """Holds what a person did with an exercise, and the rows into which a hint is written."""

    _rows: Rows
    _lessons: Lessons
    _ground: Ground
    _lesson: UUID
    _exercise: str

    @property
    def place(self) -> Place:
        """Returns where the person is in the lesson."""
        return self._ground.places[self._lesson]

    @property
    def revision(self) -> LessonRevision | None:
        """Returns the revision that the person is in."""
        return self._ground.revisions.get((self._lesson, self.place.revision))

    @property
    def exercise(self) -> Exercise | None:
        """Returns the exercise in the revision that the person is in; None if it has none with this id."""
        return None if self.revision is None else self.revision.exercise(self._exercise)

    @property
    def run(self) -> datetime | None:
        """Returns when the person began the lesson again; None: never."""
        return self.place.restarted_at

    @property
    def attempts(self) -> int:
        """Returns how many answers the person has given."""
        return self._state.attempts

    @property
    def hints(self) -> frozenset[int]:
        """Returns the levels of the hints that the person has seen."""
        return frozenset(self._state.hints)

    @property
    def done(self) -> bool:
        """Tells whether the exercise is solved or given up."""
        return self._state.done

    async def see(self, level: int) -> None:
        """Notes that the person sees the hint of a level now; nothing where it is noted, or the exercise is done.

        It begins the lesson, so that the hint and the answers are of one revision.
        """
        ground, lesson, exercise = self._ground, self._lesson, self._exercise
        if self.done or level in self.hints:
            return
        await self._lessons.enter(self._rows, ground.person, {lesson: ground.received}, {lesson: self.place.revision})
        client = new_id()  # one that can be told beforehand could be handed in by the person
        seen = Logged(
            ground.received,
            client,
            "hint",
            exercise,
            revision=self.place.revision,
            hint=level,
            received=ground.received,
        )
        seen_hint = Answered(ground.received, client, hint=level, revision=self.place.revision)
        ground.add(seen, lesson, {"id": client}, seen_hint)
        await store.add_events(self._rows, ground.values)
        ground.values.clear()
        log = ground.logs[lesson]
        await store.save_lessons(self._rows, [store.lesson_row(ground.person, lesson, log)])
        card = store.card_row(ground.person, lesson, exercise, log.recall(exercise))
        await store.save_cards(self._rows, [] if card is None else [card])

    @property
    def _state(self) -> ExerciseState:
        return self._ground.logs[self._lesson].whole().exercises.get(self._exercise, ExerciseState())


@dataclass(frozen=True, slots=True)
class StoredHintLog:
    """Reads and writes in the log of what learners do."""

    lessons: Lessons
    earnings: Earnings

    async def read(self, rows: Rows, person: UUID, lesson: UUID, exercise: str) -> StoredExerciseLog | None:
        """Reads what a person did with an exercise; None for a lesson that is not there for them."""
        received = await store.received(rows)
        ground = await read_ground(rows, self, person, received, [Asked(lesson, received)])
        return StoredExerciseLog(rows, self.lessons, ground, lesson, exercise) if lesson in ground.places else None
