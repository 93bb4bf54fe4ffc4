"""Reads and writes what learners did, and the folds of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from content.exercises.lessons import Lessons
from content.progress import selects
from content.progress.cards import Answered, Recall
from content.progress.fold import ExerciseState, Logged
from content.progress.lesson_log import LessonLog, snapshot_of
from content.progress.tables import handed_in, learning_events, lesson_progress, review_cards

_EVENT = learning_events.c
#: names what we make of a lesson and a person
_OURS = UUID("5b0f3c1a-6f0e-5b1e-9a61-2f1a8a1f7d10")
_OF_EXERCISE = tuple(each.name for each in fields(ExerciseState))


def own_id(*parts: object) -> UUID:
    """Returns the id of an event or a row of ours, which follows from what it is about."""
    return uuid5(_OURS, "/".join(str(part) for part in parts))


async def received(rows: Rows) -> datetime:
    """Returns the database's time.

    It is not that of the transaction's beginning: of two requests of a person, who waited for the lock is later.
    """
    now: datetime = (await rows.execute(selects.NOW)).scalar_one()
    return now


async def first_results(rows: Rows, person: UUID, clients: Collection[UUID]) -> dict[UUID, Any]:
    """Reads what events that are known were answered first, by their client's id."""
    mine = await rows.execute(selects.FIRST_RESULTS, {"person": person, "clients": [*clients]})
    return {row.client_id: row.result for row in mine}


async def events_of(rows: Rows, person: UUID, lessons: Collection[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Reads a person's events by lesson."""
    found: dict[UUID, list[Row[Any]]] = defaultdict(list)
    for row in await rows.execute(selects.EVENTS_OF, {"person": person, "lessons": [*lessons]}):
        found[row.lesson_id].append(row)
    return found


def logged(row: Row[Any]) -> Logged:
    """Returns what the fold of a lesson needs of an event."""
    return Logged(
        at=row.at,
        client_id=row.client_id,
        type=row.type,
        exercise_id=row.exercise_id,
        revision=row.revision or 0,
        correct=bool(row.correct),
        give_up=bool(row.give_up),
        hint=row.hint,
        received=row.received_at,
        duration_ms=row.duration_ms,
    )


def answered(row: Row[Any]) -> Answered:
    """Returns what the fold of a card needs of an event."""
    return Answered(
        row.at, row.client_id, correct=bool(row.correct), hint=row.hint, rating=row.rating, revision=row.revision or 0
    )


async def add_events(rows: Rows, values: Sequence[Mapping[str, Any]]) -> None:
    """Adds events that are not known yet."""
    if values:
        await rows.execute(selects.insert_into(learning_events, tuple(values[0])), [dict(each) for each in values])


@dataclass(frozen=True, slots=True)
class Folds:
    """Holds the stored folds of some lessons, and when the newest event in the log of each was handed in."""

    rows: Mapping[UUID, Row[Any]]
    newest: Mapping[UUID, datetime]

    def resumes(self, lesson: UUID, first: datetime) -> bool:
        """Tells whether a fold is of all events and may go on with the next, which happened at `first`.

        Another release that runs beside this one, and whoever else writes events, may have left the fold behind: what
        they add under the person's lock was handed in later than all that the fold has.
        """
        row = self.rows.get(lesson)
        if row is None or spent_ms(row) is None:  # none, or the release before has written it
            return False
        known = row.snapshot.get("received")
        return bool(known and datetime.fromisoformat(known) == self.newest.get(lesson) and row.last_at < first)


async def folds_of(rows: Rows, person: UUID, lessons: Collection[UUID]) -> Folds:
    """Reads the folds of a person's lessons."""
    found = (await rows.execute(selects.FOLDS_OF, {"person": person, "lessons": [*lessons]})).all()
    folds = {row.lesson_id: row for row in found if row.lesson_id is not None}
    return Folds(folds, {row.asked: row.newest for row in found if row.newest is not None})


class Before(NamedTuple):
    """Holds what is known of a person before events are taken.

    That is the database's time (see `received`), how many events were taken on this day of UTC, and what events that
    are known were answered first, by their client's id.
    """

    received: datetime
    taken: int
    known: dict[UUID, Any]


async def before(rows: Rows, person: UUID, clients: Collection[UUID]) -> Before:
    """Reads what is known before events of a person are taken."""
    row = (await rows.execute(selects.TAKEN, {"person": person, "clients": [*clients]})).one()
    known = {UUID(client): result for client, result in (row.known or {}).items()}
    return Before(row.now, row.events if row.day == _day(row.now) else 0, known)


async def count_taken(rows: Rows, person: UUID, now: datetime, events: int) -> None:
    """Counts events that were taken. The caller holds the lock of the person."""
    await rows.execute(selects.COUNT_TAKEN, {"person_id": person, "day": _day(now), "events": events})


def _day(now: datetime) -> date:
    return now.astimezone(UTC).date()


def lesson_row(person: UUID, lesson: UUID, log: LessonLog) -> dict[str, Any]:
    """Returns the row of the fold of a lesson."""
    state = log.whole()
    return {
        "person_id": person,
        "lesson_id": lesson,
        "id": own_id("progress", person, lesson),
        "revision": state.revision,
        "status": state.status,
        "score": state.score,
        "best_score": state.best,
        "attempts": state.attempts,
        "started_at": state.started_at,
        "completed_at": state.completed_at,
        "last_at": state.last_at,
        "exercises": {id: _stored(each) for id, each in state.exercises.items()},
        "snapshot": snapshot_of(log, state),
    }


def _stored(state: ExerciseState) -> dict[str, Any]:
    """Returns what is stored of an exercise; `asdict` takes thirty times as long, for copies."""
    return {name: getattr(state, name) for name in _OF_EXERCISE} | {"hints": sorted(state.hints)}


def card_row(person: UUID, lesson: UUID, exercise: str, recall: Recall) -> dict[str, Any] | None:
    """Returns the row of the fold of a card; None while there is no card."""
    card = recall.made()
    if card is None:
        return None
    return {
        "person_id": person,
        "lesson_id": lesson,
        "exercise_id": exercise,
        "revision": recall.revision,
        "due": card.due,
        "state": card.state,
        "stability": card.stability,
        "difficulty": card.difficulty,
        "reviews": card.reviews,
        "card": card.stored,
    }


async def save_lessons(rows: Rows, values: Sequence[Mapping[str, Any]]) -> None:
    """Writes the folds of lessons."""
    if values:
        await rows.execute(selects.saves(lesson_progress, tuple(values[0])), [dict(each) for each in values])


async def save_cards(rows: Rows, values: Sequence[Mapping[str, Any]]) -> None:
    """Writes the folds of cards."""
    if values:
        await rows.execute(selects.saves(review_cards, tuple(values[0])), [dict(each) for each in values])


async def cards_of(rows: Rows, person: UUID, lessons: Collection[UUID]) -> dict[tuple[UUID, str], Row[Any]]:
    """Reads a person's cards of some lessons."""
    mine = await rows.execute(selects.CARDS_OF, {"person": person, "lessons": [*lessons]})
    return {(row.lesson_id, row.exercise_id): row for row in mine}


async def due_cards(rows: Rows, lessons: Lessons, person: UUID, now: datetime, most: int) -> Sequence[Row[Any]]:
    """Reads the open cards that are due, the longest due first."""
    mine = sa.select(review_cards).where(selects.open_cards(lessons, person), review_cards.c.due <= now)
    return (await rows.execute(mine.order_by(review_cards.c.due, review_cards.c.exercise_id).limit(most))).all()


class Due(NamedTuple):
    """Holds how many cards are due, since when, and when the next one is that is not due yet."""

    cards: int
    since: datetime | None
    next: datetime | None


async def due_at(rows: Rows, lessons: Lessons, person: UUID, now: datetime) -> Due:
    """Reads how many open cards are due, since when, and when the next one is."""
    row = (await rows.execute(selects.due_at(lessons), {"person": person, "now": now})).one()
    return Due(row.cards, row.since, row.next)


async def reviews_since(rows: Rows, person: UUID, moment: datetime) -> int:
    """Counts the reviews that a person did since a moment."""
    mine = sa.select(sa.func.count()).where(_EVENT.person_id == person, _EVENT.type == "review", _EVENT.at >= moment)
    return int((await rows.execute(mine)).scalar_one())


async def progress_of(rows: Rows, person: UUID) -> dict[UUID, Row[Any]]:
    """Reads the folds of all lessons that a person did something in."""
    mine = sa.select(lesson_progress).where(lesson_progress.c.person_id == person)
    return {row.lesson_id: row for row in await rows.execute(mine)}


async def time_spent(rows: Rows, person: UUID, folds: Mapping[UUID, Row[Any]]) -> timedelta:
    """Adds up how long what a person did took, as their clients said: from the folds of all lessons.

    Of the lessons whose folds the release before has written it adds up the events.
    """
    spent = {lesson: spent_ms(row) for lesson, row in folds.items()}
    known = sum(each for each in spent.values() if each is not None)
    others = [lesson for lesson, each in spent.items() if each is None]
    if others:
        mine = (_EVENT.person_id == person, _EVENT.lesson_id.in_(others))
        of_others = sa.select(sa.func.coalesce(sa.func.sum(_EVENT.duration_ms), 0)).where(*mine)
        known += int((await rows.execute(of_others)).scalar_one())
    return timedelta(milliseconds=known)


def spent_ms(fold: Row[Any]) -> int | None:
    """Returns how long what is folded took; None where the release before has written the fold."""
    spent: int | None = (fold.snapshot or {}).get("spent_ms")
    return spent


async def keep_answer(rows: Rows, id: UUID, person: UUID, answer: Any) -> None:
    """Keeps what a hand-in was answered."""
    await rows.execute(selects.KEEP_ANSWER, {"id": id, "person_id": person, "answer": answer})


async def kept_answer(rows: Rows, id: UUID, person: UUID) -> Any:
    """Reads what a hand-in was answered; None if it is not kept any more."""
    mine = sa.select(handed_in.c.answer).where(handed_in.c.id == id, handed_in.c.person_id == person)
    return (await rows.execute(mine)).scalar()
