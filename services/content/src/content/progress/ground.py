"""Reads what the events of one request are judged by, in one transaction and a few statements."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from content.days import Calendar
from content.earnings import Earnings
from content.exercises.lessons import LessonRevision, Lessons, Place
from content.progress import store
from content.progress.cards import Answered, Recall, stored_card
from content.progress.fold import ExerciseState, LessonState, Logged, Points
from content.progress.lesson_log import LessonLog


class Sources(Protocol):
    """Holds what the ground is read from, besides the rows of progress."""

    @property
    def lessons(self) -> Lessons:
        """Returns lessons and places."""

    @property
    def earnings(self) -> Earnings:
        """Returns days."""


class Asked(NamedTuple):
    """Names the lesson of an event, when it happened, and the revision that the client names."""

    lesson_id: UUID
    at: datetime
    revision: int | None = None


@dataclass(slots=True)
class Ground:
    """Holds what is known before, and what is added event by event. `values` are the new rows of the log."""

    person: UUID
    received: datetime
    calendar: Calendar
    places: dict[UUID, Place]
    revisions: Mapping[tuple[UUID, int], LessonRevision]
    cards: Mapping[tuple[UUID, str], Row[Any]]
    logs: Mapping[UUID, LessonLog]
    #: the lessons that were completed, and passed, before: of each one kind of statement is told
    ended: frozenset[tuple[UUID, str]] = frozenset()
    values: list[dict[str, Any]] = field(default_factory=list)

    def add(self, event: Logged, lesson: UUID, values: dict[str, Any], answered: Answered | None = None) -> None:
        """Adds an event to the log, and its row."""
        self.logs[lesson].add(event, answered)
        self.write(event, lesson, values)

    def write(self, event: Logged, lesson: UUID, values: dict[str, Any]) -> None:
        """Adds the row of an event that is in its log already."""
        self.values.append(self._row(event, lesson) | values)

    def _row(self, event: Logged, lesson: UUID) -> dict[str, Any]:
        day = self.calendar.in_force(event.at)
        return {
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
            "duration_ms": event.duration_ms,
            "answer": None,
            "correct": None,
            "score": None,
            "rating": None,
            "hint": event.hint,
            "result": None,
        }


async def read_ground(rows: Rows, deps: Sources, person: UUID, received: datetime, asked: Sequence[Asked]) -> Ground:
    """Reads the ground of some events. The caller holds the lock of the person where it writes."""
    lessons = {event.lesson_id for event in asked}
    places = dict(await deps.lessons.places(rows, person, lessons)) if lessons else {}
    restarts = await _new_restarts(rows, person, received, places)
    folds = await store.folds_of(rows, person, lessons)
    cards = await store.cards_of(rows, person, lessons)
    first = {lesson: min(event.at for event in asked if event.lesson_id == lesson) for lesson in lessons}
    resumed = {each for each in lessons if each not in restarts and folds.resumes(each, first[each])}
    known = await store.events_of(rows, person, lessons - resumed) if lessons - resumed else {}
    wanted = {(id, place.revision) for id, place in places.items()}
    wanted |= {(event.lesson_id, event.revision) for event in asked if event.revision is not None}
    wanted |= {(lesson, card.revision) for (lesson, _), card in cards.items()}
    wanted |= {(lesson, row.revision) for lesson, row in folds.rows.items()}
    wanted |= {(lesson, row.revision) for lesson, found in known.items() for row in found if row.revision}
    revisions = await deps.lessons.revisions(rows, wanted)
    logs: dict[UUID, LessonLog] = {}
    for lesson in lessons:
        points = outlines(revisions, lesson)
        if lesson in resumed:
            logs[lesson] = resumed_log(points, folds.rows[lesson], cards)
        else:
            logs[lesson] = log_of(points, known.get(lesson, ()), restarts.get(lesson))
    calendar = await deps.earnings.calendar(rows, person)
    ended = frozenset(
        (lesson, type_)
        for lesson, row in folds.rows.items()
        for type_, at in (("completed", row.completed_at), ("passed", (row.snapshot or {}).get("passed")))
        if at is not None
    )
    ground = Ground(person, received, calendar, places, revisions, cards, logs, ended)
    for lesson, event in restarts.items():
        ground.write(event, lesson, {"id": event.client_id})
    return ground


def outlines(revisions: Mapping[tuple[UUID, int], LessonRevision], lesson: UUID) -> dict[int, Points]:
    """Returns the points of each exercise of a lesson, by revision."""
    found: dict[int, Points] = {}
    for (of, number), revision in revisions.items():
        if of == lesson:
            found[number] = found[revision.revision] = {each.id: each.points for each in revision.exercises}
    return found


def log_of(points: Mapping[int, Points], found: Collection[Row[Any]], restart: Logged | None = None) -> LessonLog:
    """Returns the log of a lesson from all its rows, and from a new beginning that has none yet."""
    answers: dict[str, list[Answered]] = {}
    for row in found:
        if row.exercise_id is not None and row.type in ("attempt", "review", "hint"):
            answers.setdefault(row.exercise_id, []).append(store.answered(row))
    again = [] if restart is None else [restart]
    return LessonLog(points, [*(store.logged(row) for row in found), *again], answers)


def resumed_log(points: Mapping[int, Points], fold: Row[Any], cards: Mapping[tuple[UUID, str], Row[Any]]) -> LessonLog:
    """Returns the log of a lesson from its folds."""
    kept = fold.snapshot
    state = LessonState(
        revision=fold.revision,
        attempts=fold.attempts,
        started_at=fold.started_at,
        completions=[datetime.fromisoformat(at) for at in kept["completions"]],
        flawless=kept["flawless"],
        passed_at=None if kept.get("passed") is None else datetime.fromisoformat(kept["passed"]),
        exercises={id: ExerciseState(**{**each, "hints": set(each["hints"])}) for id, each in fold.exercises.items()},
        run_completed=fold.status == "completed",
        score=fold.score,
        best=fold.best_score,
        last_at=fold.last_at,
        shown={id: datetime.fromisoformat(at) for id, at in kept["shown"].items()},
        hinted={
            id: {int(level): datetime.fromisoformat(at) for level, at in of.items()}
            for id, of in kept["hinted"].items()
        },
    )
    recalls = {id: Recall(wrong="w" in left, hinted="h" in left) for id, left in kept["answers"].items()}
    for (lesson, exercise), card in cards.items():
        if lesson == fold.lesson_id:
            recall = recalls.setdefault(exercise, Recall())
            recall.card, recall.reviews, recall.revision = stored_card(card.card), card.reviews, card.revision
    received = datetime.fromisoformat(kept["received"])
    return LessonLog.resumed(points, state, recalls, kept["events"], received, kept["spent_ms"])


async def _new_restarts(
    rows: Rows, person: UUID, received: datetime, places: Mapping[UUID, Place]
) -> dict[UUID, Logged]:
    """Returns the lessons that were begun again since their last event, which lessons themselves note."""
    found = {
        store.own_id("restarted", person, lesson, place.restarted_at.isoformat()): (lesson, place.restarted_at)
        for lesson, place in places.items()
        if place.restarted_at is not None
    }
    known = await store.first_results(rows, person, [*found]) if found else {}
    return {
        lesson: Logged(at, client, "restarted", received=received)
        for client, (lesson, at) in found.items()
        if client not in known
    }
