"""Scores answers anew by the corrected solutions of a lesson, and raises those that would be scored better."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import JSONB

from chassis.delivery.timers import timer, write_timers
from chassis.errors import VoxbusError
from chassis.message.envelope import stand_in
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from content.exercises.answers import BadAnswer, answer_of
from content.exercises.exercise import Exercise
from content.exercises.lessons import LessonCard, LessonRevision
from content.exercises.scoring import Score, score
from content.lessons.places import StoredLessons
from content.progress.event import gives_up
from content.progress.tables import learning_events
from content.rebuild import Rebuild
from contracts.learning import LearnerRegraded

_PAGE = 1_000
_SOURCE = "voxbus/content"
_EVENT = learning_events.c


class Differs(NamedTuple):
    """Holds an answer that is scored otherwise by the corrected revision."""

    event: Row[Any]
    now: Score

    @property
    def is_better(self) -> bool:
        """Tells whether it is raised; a lower score never counts."""
        return bool(self.now.score > self.event.score)


class NoSuchLesson(VoxbusError):
    """Reports a key that no published lesson has."""

    exit_code = 4


@dataclass(slots=True)
class Regraded:
    """Counts answers that were looked at, that would be scored better, and that would be scored lower and stay."""

    answers: int = 0
    better: int = 0
    lower: int = 0
    people: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Regrade:
    """Lists and, with `applies`, raises what a lesson's newest revision scores otherwise than the one of the answer."""

    database: Database
    say: Callable[[str], None]
    applies: bool = False
    found: Regraded = field(default_factory=Regraded)
    _lessons: StoredLessons = field(default_factory=StoredLessons)

    async def run(self, key: str) -> Regraded:
        """Goes through all answers in a lesson. Raises `VoxbusError` for a key that no published lesson has."""
        async with self.database.transaction() as tx:
            card = next((each for each in await self._lessons.cards(tx) if each.key == key), None)
            if card is None:
                raise NoSuchLesson(f"There is no published lesson with the key {key}.")
            revision = (await self._lessons.revisions(tx, [(card.id, card.revision)]))[card.id, card.revision]
        async for some in self._answers(card):
            differing = [each for row in some if (each := _differs(row, revision)) is not None]
            self._tell(differing, revision)
            better: dict[UUID, list[Differs]] = {}
            for each in differing:
                if each.is_better:
                    better.setdefault(each.event.person_id, []).append(each)
            for person, of_person in sorted(better.items()) if self.applies else ():
                await self._raise(person, card, of_person)
        return self.found

    async def _answers(self, card: LessonCard) -> AsyncIterator[Sequence[Row[Any]]]:
        """Yields the answers that were scored by an earlier revision."""
        after = UUID(int=0)
        mine = sa.select(
            *(_EVENT.id, _EVENT.person_id, _EVENT.exercise_id, _EVENT.revision, _EVENT.answer, _EVENT.score)
        ).where(
            _EVENT.lesson_id == card.id,
            _EVENT.type.in_(("attempt", "review")),
            _EVENT.revision < card.revision,
        )
        while True:
            async with self.database.transaction() as tx:
                page = mine.where(_EVENT.id > after).order_by(_EVENT.id).limit(_PAGE)
                found = (await tx.execute(page)).all()
            self.found.answers += len(found)
            yield found
            if len(found) < _PAGE:
                return
            after = found[-1].id

    def _tell(self, differing: Sequence[Differs], revision: LessonRevision) -> None:
        for each in differing:
            event, stays = each.event, "" if each.is_better else ", and stays as it is"
            self.found.better += each.is_better
            self.found.lower += not each.is_better
            self.found.people.add(event.person_id)
            self.say(
                f"{event.person_id} {event.exercise_id} of revision {event.revision}: {event.score:g} was given,"
                f" {each.now.score:g} by revision {revision.revision}{stays}"
            )

    async def _raise(self, person: UUID, card: LessonCard, better: Sequence[Differs]) -> None:
        """Raises a person's answers and all that follows from them, and has the person told, in one transaction."""
        async with self.database.transaction() as tx:
            await lock_people(tx, [person])
            for each in better:
                shown = {"correct": each.now.correct, "score": each.now.score}
                values = {**shown, "result": _EVENT.result.op("||")(sa.literal(shown, JSONB))}
                mine = sa.update(learning_events).where(_EVENT.id == each.event.id, _EVENT.score < each.now.score)
                await tx.execute(mine.values(values))
            await Rebuild(self.database, lambda _: None, applies=True).fold(tx, [person])
            message = LearnerRegraded(person_id=person, lesson_id=card.id, revision=card.revision)
            cause = replace(stand_in(), person_id=person)
            due = timer(timedelta(), message, cause=cause, source=_SOURCE)
            await write_timers(tx, {f"learner-regraded/{person}/{card.id}/{card.revision}": due})


def _differs(event: Row[Any], revision: LessonRevision) -> Differs | None:
    """Returns an answer if it is scored otherwise; None also for one that the corrected exercise cannot take."""
    exercise = revision.exercise(event.exercise_id)
    if exercise is None or gives_up(event.answer):
        return None
    found = _score(exercise, event.answer)
    return None if found is None or found.score == event.score else Differs(event, found)


def _score(exercise: Exercise, answer: Any) -> Score | None:
    try:
        return score(exercise, answer_of(exercise.type, answer))
    except BadAnswer:
        return None
