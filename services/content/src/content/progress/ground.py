"""Reads what the events of one request are judged by, in one transaction and a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from content.days import Calendar
from content.earnings import Earnings
from content.exercises.lessons import LessonRevision, Lessons, Place
from content.progress import store
from content.progress.cards import Answered
from content.progress.fold import LessonState, Logged, Points, fold_lesson


class Sources(Protocol):
    """Holds what the ground is read from, besides the rows of progress."""

    @property
    def lessons(self) -> Lessons:
        """Returns lessons and places."""

    @property
    def earnings(self) -> Earnings:
        """Returns days."""


@dataclass(slots=True)
class Ground:
    """Holds what is known before, and what is added event by event. `values` are the new rows of the log."""

    person: UUID
    received: datetime
    calendar: Calendar
    places: dict[UUID, Place]
    revisions: Mapping[tuple[UUID, int], LessonRevision]
    cards: Mapping[tuple[UUID, str], Row[Any]]
    log: dict[UUID, list[Logged]]
    answers: dict[tuple[UUID, str], list[Answered]]
    values: list[dict[str, Any]] = field(default_factory=list)
    _states: dict[UUID, tuple[Logged, LessonState]] = field(default_factory=dict)

    def outlines(self, lesson: UUID) -> dict[int, Points]:
        """Returns the points of each exercise, by revision."""
        return {
            number: {each.id: each.points for each in revision.exercises}
            for (of, number), revision in self.revisions.items()
            if of == lesson
        }

    def before(self, lesson: UUID, event: Logged) -> LessonState:
        """Folds what happened in a lesson before an event."""
        return fold_lesson((each for each in self.log[lesson] if each < event), self.outlines(lesson))

    def state(self, lesson: UUID) -> LessonState:
        """Folds all that happened in a lesson."""
        return fold_lesson(self.log[lesson], self.outlines(lesson))

    def add(self, event: Logged, lesson: UUID, values: dict[str, Any]) -> None:
        """Adds an event to the log."""
        self.log[lesson].append(event)
        day = self.calendar.in_force(event.at)
        self.values.append(
            {
                "id": values.pop("id"),
                "person_id": self.person,
                "client_id": event.client_id,
                "type": event.type,
                "lesson_id": lesson,
                "exercise_id": event.exercise_id,
                "revision": event.revision or None,
                "at": event.at,
                "received_at": self.received,
                "day": day.at(event.at).day,
                "time_zone": day.time_zone,
                "duration_ms": None,
                "answer": None,
                "correct": None,
                "score": None,
                "rating": None,
                "hint": event.hint,
                "result": None,
            }
            | values
        )


async def read_ground(rows: Rows, deps: Sources, person: UUID, received: datetime, asked: Collection[UUID]) -> Ground:
    """Reads the ground of events in some lessons. The caller holds the lock of the person where it writes."""
    lessons = {*asked}
    places = dict(await deps.lessons.places(rows, person, lessons)) if lessons else {}
    cards = await store.cards_of(rows, person, lessons)
    known = await store.events_of(rows, person, lessons)
    wanted = {(id, place.revision) for id, place in places.items()}
    wanted |= {(lesson, card.revision) for (lesson, _), card in cards.items()}
    wanted |= {(lesson, row.revision) for lesson, found in known.items() for row in found if row.revision}
    ground = Ground(
        person=person,
        received=received,
        calendar=await deps.earnings.calendar(rows, person),
        places=places,
        revisions=await deps.lessons.revisions(rows, wanted),
        cards=cards,
        log={lesson: [store.logged(row) for row in known.get(lesson, [])] for lesson in lessons},
        answers={},
    )
    for lesson, found in known.items():
        for row in found:
            if row.exercise_id is not None and row.type in ("attempt", "review", "hint"):
                ground.answers.setdefault((lesson, row.exercise_id), []).append(store.answered(row))
    _note_restarts(ground)
    return ground


def _note_restarts(ground: Ground) -> None:
    """Adds to the log that a lesson was begun again since the last event, which lessons themselves note."""
    for lesson, place in ground.places.items():
        if place.restarted_at is None:
            continue
        client = store.own_id("restarted", ground.person, lesson, place.restarted_at.isoformat())
        if all(event.client_id != client for event in ground.log[lesson]):
            ground.add(
                Logged(place.restarted_at, client, "restarted", received=ground.received), lesson, {"id": client}
            )
