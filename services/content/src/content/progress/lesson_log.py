"""Takes the events of one person in one lesson, and folds them as they come.

Events that are later than all before cost the same however long the log is: they continue the stored folds. One that
happened before others has the whole log read and folded once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from content.progress.cards import Answered, Recall, fold_recall
from content.progress.fold import LessonState, Logged, Points, fold_lesson


class LessonLog:
    """Holds the fold of a lesson. Events are to be added in the order in which they happened."""

    def __init__(
        self,
        outlines: Mapping[int, Points],
        old: Iterable[Logged] = (),
        answers: Mapping[str, Iterable[Answered]] | None = None,
    ) -> None:
        """Takes the whole log of a lesson, and the answers by exercise."""
        self._outlines = outlines
        self._old = sorted(old)
        self._folded = 0
        self._new: list[Logged] = []
        self._answers = defaultdict(list, {id: [*found] for id, found in (answers or {}).items()})
        self._recalls: dict[str, Recall] | None = None
        self._past = LessonState()
        for event in self._old:
            self._past.note(event)
        #: how many events are in the log, how long they took together, and when the newest was handed in
        self.events = len(self._old)
        self.spent_ms = sum(event.duration_ms or 0 for event in self._old)
        self.received = max((event.received for event in self._old if event.received is not None), default=None)

    @classmethod
    def resumed(
        cls,
        outlines: Mapping[int, Points],
        state: LessonState,
        recalls: dict[str, Recall],
        events: int,
        received: datetime | None = None,
        spent_ms: int = 0,
    ) -> LessonLog:
        """Returns a log of which only the folds are known; all events that are added must be later than its last."""
        log = cls(outlines)
        log._past, log._recalls, log.events, log.received, log.spent_ms = state, recalls, events, received, spent_ms
        return log

    @property
    def goes_on(self) -> bool:
        """Tells whether it knows only the folds."""
        return self._recalls is not None

    def before(self, event: Logged) -> LessonState:
        """Folds what happened before an event. What it returns changes with the next call."""
        while self._folded < len(self._old) and self._old[self._folded] < event:
            self._past.take(self._old[self._folded], self._outlines)
            self._folded += 1
        return self._past

    def add(self, event: Logged, answered: Answered | None = None) -> None:
        """Adds an event."""
        past = self.before(event)
        past.note(event)
        past.take(event, self._outlines)
        self._new.append(event)
        self.events += 1
        self.spent_ms += event.duration_ms or 0
        if event.received is not None:
            self.received = event.received if self.received is None else max(self.received, event.received)
        if answered is not None and event.exercise_id is not None:
            if self._recalls is None:
                self._answers[event.exercise_id].append(answered)
            else:
                self._recalls.setdefault(event.exercise_id, Recall()).take(answered)

    def whole(self) -> LessonState:
        """Folds all that happened."""
        if self._folded == len(self._old):
            return self._past
        return fold_lesson([*self._old, *self._new], self._outlines)

    def recall(self, exercise: str) -> Recall:
        """Folds all answers to an exercise."""
        if self._recalls is not None:
            return self._recalls.get(exercise, Recall())
        return fold_recall(self._answers[exercise])

    def last_answers(self) -> dict[str, str]:
        """Returns by exercise what the last answer to it leaves behind; see `leftover`."""
        if self._recalls is not None:
            found = {id: leftover(each.wrong, each.hinted) for id, each in self._recalls.items()}
        else:
            found = {id: _left_by(sorted(each)) for id, each in self._answers.items()}
        return {id: each for id, each in sorted(found.items()) if each}


def leftover(wrong: bool, hinted: bool) -> str:
    """Writes whether the last answer was wrong (`w`), and whether a hint was seen since (`h`)."""
    return "w" * wrong + "h" * hinted


def _left_by(answers: list[Answered]) -> str:
    hinted = False
    for event in reversed(answers):
        if event.hint is None:
            return leftover(not event.correct, hinted)
        hinted = True
    return leftover(False, hinted)


def snapshot_of(log: LessonLog, state: LessonState) -> dict[str, Any]:
    """Returns what `resumed` needs besides the rows of progress and cards."""
    return {
        "events": log.events,  # by which the release before tells whether the fold is of all events
        "received": None if log.received is None else log.received.isoformat(),
        "spent_ms": log.spent_ms,
        "shown": {id: at.isoformat() for id, at in state.shown.items()},
        "hinted": {
            id: {str(level): at.isoformat() for level, at in sorted(of.items())} for id, of in state.hinted.items()
        },
        "completions": [at.isoformat() for at in state.completions],
        "flawless": state.flawless,
        "passed": None if state.passed_at is None else state.passed_at.isoformat(),
        "answers": log.last_answers(),
    }
