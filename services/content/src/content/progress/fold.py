"""Folds what a person did in a lesson into their progress there. All of it is pure.

The events of a lesson are folded in the order in which they happened, whatever the order in which they arrived.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from content.exercises.lessons import PASSES

#: part of an exercise's points that the first, second and third try earn
TRIES = (1.0, 0.5, 0.25)
#: part of an exercise's points that a hint of each level costs
HINT_COSTS = {1: 0.10, 2: 0.25, 3: 0.50}
#: wrong tries before one may give up
TRIES_BEFORE_GIVING_UP = 3

EventType = Literal["attempt", "review", "opened", "hint", "restarted"]
#: points of each exercise of a revision, by its id
Points = Mapping[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Logged:
    """Holds what the folds need of an event. Events are ordered by when they happened, then by their client's id."""

    at: datetime
    client_id: UUID
    type: EventType = field(compare=False)
    exercise_id: str | None = field(default=None, compare=False)
    revision: int = field(default=0, compare=False)
    correct: bool = field(default=False, compare=False)
    give_up: bool = field(default=False, compare=False)
    hint: int | None = field(default=None, compare=False)
    #: when it was handed in
    received: datetime | None = field(default=None, compare=False)
    #: how long it took, in milliseconds, as the client said
    duration_ms: int | None = field(default=None, compare=False)


@dataclass(slots=True)
class ExerciseState:
    """Holds how far a person is with an exercise. `won` is the part of its points, once `done`."""

    attempts: int = 0
    wrong: int = 0
    solved: bool = False
    gave_up: bool = False
    #: the solution was shown before this was handed in, in whatever run: it earns nothing any more
    told: bool = False
    hints: set[int] = field(default_factory=set)
    won: float = 0.0

    @property
    def done(self) -> bool:
        """Tells whether it is solved or given up: whatever follows is practice."""
        return self.solved or self.gave_up

    def attempt(self, event: Logged) -> None:
        """Takes an attempt."""
        self.attempts += 1
        if self.done:
            return
        if event.give_up:
            self.gave_up = True
        elif event.correct:
            self.solved = True
            share = TRIES[self.wrong] if self.wrong < len(TRIES) else 0.0
            self.won = 0.0 if self.told else max(0.0, share - sum(HINT_COSTS[level] for level in self.hints))
        else:
            self.wrong += 1


@dataclass(slots=True)
class LessonState:
    """Holds how far a person is in a lesson. `exercises` are those of the present run, by id.

    `score` is that of the present run, 0–100; `best` that of the best completed one. `completions`: when each run was
    completed; `flawless`: one was without a mistake; `passed_at`: when one was first good enough for what follows.
    """

    revision: int = 0
    attempts: int = 0
    started_at: datetime | None = None
    completions: list[datetime] = field(default_factory=list)
    flawless: bool = False
    passed_at: datetime | None = None
    exercises: dict[str, ExerciseState] = field(default_factory=dict)
    run_completed: bool = False
    score: int | None = None
    best: int | None = None
    last_at: datetime | None = None
    #: when the solution of an exercise was first shown, by its id
    shown: dict[str, datetime] = field(default_factory=dict)
    #: when each hint of an exercise was first given, in whatever run, by its id and level
    hinted: dict[str, dict[int, datetime]] = field(default_factory=dict)

    @property
    def completed_at(self) -> datetime | None:
        """Returns when the first run was completed."""
        return self.completions[0] if self.completions else None

    @property
    def standing(self) -> tuple[tuple[datetime, ...], int]:
        """Returns when runs were completed, and the best score."""
        return tuple(self.completions), self.best or 0

    def note(self, event: Logged) -> None:
        """Notes what an event gave away when it was handed in: a solution or a hint.

        What was given away counts for all that is handed in afterwards, whenever that is said to have happened.
        """
        if event.exercise_id is None or event.received is None:
            return
        if event.give_up:
            self.shown[event.exercise_id] = min(event.received, self.shown.get(event.exercise_id, event.received))
        if event.hint is not None:
            given = self.hinted.setdefault(event.exercise_id, {})
            given[event.hint] = min(event.received, given.get(event.hint, event.received))

    def exercise_before(self, exercise_id: str, received: datetime | None) -> ExerciseState:
        """Returns an exercise as it is for an answer that is handed in at a moment, without changing it."""
        now = self.exercises.get(exercise_id) or ExerciseState()
        told = now.told or self._is_told(exercise_id, received)
        hints = {*now.hints, *self._hints(exercise_id, received)}
        return ExerciseState(now.attempts, now.wrong, now.solved, now.gave_up, told, hints, now.won)

    def _is_told(self, exercise_id: str, received: datetime | None) -> bool:
        shown = self.shown.get(exercise_id)
        return shown is not None and received is not None and received > shown

    def _hints(self, exercise_id: str, received: datetime | None) -> set[int]:
        given = self.hinted.get(exercise_id)
        return set() if received is None or given is None else {level for level, at in given.items() if received > at}

    @property
    def status(self) -> Literal["open", "started", "completed"]:
        """Returns the status of the present run."""
        return "completed" if self.run_completed else "started" if self.started_at is not None else "open"

    def take(self, event: Logged, outlines: Mapping[int, Points]) -> None:
        """Takes the next event. `outlines` are the points of each revision that events name."""
        self.last_at = event.at
        if event.type == "restarted":
            self.exercises, self.run_completed, self.score, self.revision = {}, False, None, 0
            return
        if event.type == "review":
            return
        if event.type != "hint":
            self.started_at = self.started_at or event.at
            self.revision = max(self.revision, event.revision)
        if event.exercise_id is None:
            return
        if event.type == "hint":
            state = self.exercises.setdefault(event.exercise_id, ExerciseState())
            if event.hint is not None and not state.done:
                state.hints.add(event.hint)
            return
        self.attempts += 1
        state = self.exercises[event.exercise_id] = self.exercise_before(event.exercise_id, event.received)
        state.attempt(event)
        self._count(event.at, outlines.get(self.revision, {}))

    def _count(self, at: datetime, points: Points) -> None:
        """Counts the score of the run, and notes its end. Practice afterwards changes nothing."""
        if self.run_completed or not points:
            return
        of = [(self.exercises.get(id), worth) for id, worth in points.items()]
        won = sum(worth * each.won for each, worth in of if each is not None)
        self.score = round(100 * won / sum(points.values()))
        if all(each is not None and each.done for each, _ in of):
            self.run_completed = True
            self.completions.append(at)
            self.best = max(self.best or 0, self.score)
            mistakes = any(each.wrong or each.gave_up or each.told for each in self.exercises.values())
            self.flawless = self.flawless or not mistakes
            if self.score >= PASSES:
                self.passed_at = self.passed_at or at


def fold_lesson(events: Iterable[Logged], outlines: Mapping[int, Points]) -> LessonState:
    """Folds the events of one person in one lesson, in any order; an event that comes twice counts once."""
    once = sorted({event.client_id: event for event in events}.values())
    state = LessonState()
    for event in once:
        state.note(event)
    for event in once:
        state.take(event, outlines)
    return state
