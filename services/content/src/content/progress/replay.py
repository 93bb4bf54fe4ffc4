"""Folds all that a person did from nothing. All of it is pure.

Progress and cards are folds of the events in the order in which they happened; what they earned was given in the order
in which they arrived, because nothing that was given is taken back. Events that were handed in together have the same
time of arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from content.earnings import Deed
from content.progress import store
from content.progress.cards import Answered, fold_recall
from content.progress.earned_by import add_answer
from content.progress.fold import LessonState, Logged, Points, fold_lesson
from content.progress.lesson_log import LessonLog

_WITH_ANSWER = ("attempt", "review", "hint")


@dataclass(slots=True)
class Replayed:
    """Holds the rows that a person's events make, the deeds in order of arrival, and how far each lesson is."""

    lessons: list[dict[str, Any]] = field(default_factory=list)
    cards: list[dict[str, Any]] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    states: dict[UUID, LessonState] = field(default_factory=dict)


@dataclass(slots=True)
class _Lesson:
    """Holds the events of one lesson that have arrived until now, and their fold."""

    points: Mapping[int, Points]
    log: LessonLog
    logged: list[Logged] = field(default_factory=list)
    answers: dict[str, list[Answered]] = field(default_factory=dict)
    last: Logged | None = None

    def begin(self, events: Sequence[Logged]) -> None:
        """Prepares for events that have arrived together."""
        again = [event for event in events if event.type == "restarted"]
        if again or (self.last is not None and min(events) < self.last):
            for event in again:
                self.note(event, None)
            self.log = LessonLog(self.points, self.logged, self.answers)

    def note(self, event: Logged, answered: Answered | None) -> None:
        """Notes an event that is in the log."""
        self.logged.append(event)
        self.last = event if self.last is None else max(self.last, event)
        if answered is not None and event.exercise_id is not None:
            self.answers.setdefault(event.exercise_id, []).append(answered)

    def end(self) -> None:
        """Makes the fold one that goes on with the next event."""
        if not self.log.goes_on:
            state = fold_lesson(self.logged, self.points)
            recalls = {id: fold_recall(found) for id, found in self.answers.items()}
            log = self.log
            self.log = LessonLog.resumed(self.points, state, recalls, len(self.logged), log.received, log.spent_ms)


def replay(person: UUID, events: Iterable[Row[Any]], points: Mapping[UUID, Mapping[int, Points]]) -> Replayed:
    """Folds the rows of a person's log. `points` are those of each exercise, by lesson and revision."""
    lessons: dict[UUID, _Lesson] = {}
    found = Replayed()
    ordered = sorted(events, key=lambda row: (row.received_at, row.at, row.client_id))
    for _, group in groupby(ordered, key=lambda row: row.received_at):
        together = [(row, store.logged(row)) for row in group]
        for id in {row.lesson_id for row, _ in together}:
            outline = points.get(id, {})
            lesson = lessons.get(id)
            if lesson is None:
                lesson = lessons[id] = _Lesson(outline, LessonLog.resumed(outline, LessonState(), {}, 0))
            lesson.begin([event for row, event in together if row.lesson_id == id])
        due = _due([row for row, _ in together], lessons)
        for row, event in together:
            if event.type != "restarted":
                found.deeds += _take(lessons[row.lesson_id], row, event, due)
        for id in {row.lesson_id for row, _ in together}:
            lessons[id].end()
    for id, lesson in sorted(lessons.items()):
        found.lessons.append(store.lesson_row(person, id, lesson.log))
        cards = [store.card_row(person, id, exercise, lesson.log.recall(exercise)) for exercise in lesson.answers]
        found.cards += [card for card in cards if card is not None]
        found.states[id] = lesson.log.whole()
    return found


def _take(lesson: _Lesson, row: Row[Any], event: Logged, due: Mapping[Any, datetime]) -> list[Deed]:
    """Takes an event; returns the deed that it is, if it is one."""
    answered = store.answered(row) if event.type in _WITH_ANSWER else None
    lesson_id, exercise_id = row.lesson_id, event.exercise_id or ""
    if answered is None or event.type == "hint":
        lesson.log.add(event, answered)
        lesson.note(event, answered)
        return []
    before = lesson.log.before(event).exercise_before(exercise_id, event.received)
    awards, _ = add_answer(lesson.log, lesson_id, event, answered, before, due.get((lesson_id, exercise_id)))
    lesson.note(event, answered)
    return [Deed(row.id, row.at, row.received_at, row.day, row.time_zone, event.type == "review", tuple(awards))]


def _due(rows: Iterable[Row[Any]], lessons: Mapping[UUID, _Lesson]) -> dict[Any, datetime]:
    """Returns when the cards that are reviewed were due before."""
    found = {}
    for row in rows:
        if row.type == "review" and (card := lessons[row.lesson_id].log.recall(row.exercise_id).card) is not None:
            found[row.lesson_id, row.exercise_id] = card.due
    return found
