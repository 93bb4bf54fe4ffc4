"""Keeps what was written as a hint, and notes for whom models write any."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from chassis.errors import Permanent
from chassis.handler import Backoff, Unit, handles
from chassis.storage.person_lock import lock_people
from content.deps import ContentDeps
from content.exercises.leaks import leak_of
from content.hints import store
from content.hints.authored import give_authored
from contracts.base import Problem
from contracts.catalogue import HINT
from contracts.common import JobLate
from contracts.feedback import HintWritten, RolesAnswered
from contracts.learning import HintGiven


class LateHint(BaseModel):
    """Holds what the command of a hint shows."""

    lesson_id: UUID
    exercise_id: str
    level: int


EXERCISE_GONE = Problem(
    type="/problems/exercise-gone", title="The exercise is not there any more", status=410, detail="Read the lesson."
)


@handles(HintWritten, slots=4, timeout=30, retry=Backoff(attempts=5, first=1, cap=30))
async def keep_hint(event: HintWritten, deps: ContentDeps) -> None:
    """Keeps a hint of a model, or gives the author's where there is none, and marks its level as seen.

    Where the level was given meanwhile that hint is it. A text that the check refuses is never kept.
    """
    async with deps.unit() as unit:
        await lock_people(unit, [event.person_id])
        log = await deps.hint_log.read(unit, event.person_id, event.lesson_id, event.exercise_id)
        if log is None or log.exercise is None:
            raise Permanent(EXERCISE_GONE)
        given = await store.given(unit, event.person_id, event.lesson_id, event.exercise_id, log.run)
        row = given.get(event.level)
        verdicts = tuple(each.verdict for each in event.verdicts)
        if row is not None and event.hint_id in (row.id, *row.asked_as):
            return  # the author's was given because this took too long
        if row is not None:
            await store.ask_again(unit, row.id, event.hint_id)
        elif event.text is not None and leak_of(log.exercise, event.text) is None:
            row = await store.add(
                unit,
                event.hint_id,
                event.person_id,
                log.run,
                lesson_id=event.lesson_id,
                exercise_id=event.exercise_id,
                level=event.level,
                text_level=event.level,
                text=event.text,
                source=event.kind,
                provider=event.provider,
                model=event.model,
                verdicts=verdicts,
                cost_usd=event.cost_usd,
            )
            await log.see(event.level)
        else:
            row = await give_authored(
                unit, event.hint_id, event.person_id, log, event.level, before=verdicts, cost_usd=event.cost_usd
            )
        unit.emit(HintGiven(person_id=event.person_id, hint_id=row.id, level=row.level, source=row.source))


@handles(JobLate, batch=20)
async def give_instead(events: Sequence[JobLate], deps: ContentDeps, unit: Unit) -> None:
    """Gives the author's hint in place of one that nobody has written in time, so that nobody waits any longer."""
    wanted = [(LateHint.model_validate(event.shown), event) for event in events if event.kind == HINT.name]
    await lock_people(unit, {event.person_id for _, event in wanted if event.person_id is not None})
    for hint, event in wanted:
        person = event.person_id
        log = None if person is None else await deps.hint_log.read(unit, person, hint.lesson_id, hint.exercise_id)
        if person is None or log is None or log.exercise is None:
            continue  # there is nothing to give a hint for: the job fails at its deadline
        row = (await store.given(unit, person, hint.lesson_id, hint.exercise_id, log.run)).get(hint.level)
        if row is None:
            row = await give_authored(unit, event.job_id, person, log, hint.level)
        elif event.job_id not in (row.id, *row.asked_as):
            await store.ask_again(unit, row.id, event.job_id)
        given = HintGiven(person_id=person, hint_id=row.id, level=row.level, source=row.source)
        unit.emit(given, cause=event)


@handles(RolesAnswered, batch=20)
async def note_roles(events: Sequence[RolesAnswered], deps: ContentDeps, unit: Unit) -> None:
    """Notes for which roles models answer, as was told last."""
    await store.note_roles(unit, max(events, key=lambda event: event.at))
