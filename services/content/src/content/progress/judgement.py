"""Judges an answer by the revision of the lesson that the person was shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.web.problems import NOT_FOUND, ProblemType
from content.exercises.answers import Answer, BadAnswer, answer_of
from content.exercises.exercise import Exercise
from content.exercises.lessons import LessonRevision
from content.exercises.scoring import Score, score
from content.progress import problems
from content.progress.event import TOO_OLD, LearnerEvent, gives_up
from content.progress.fold import TRIES_BEFORE_GIVING_UP, ExerciseState
from content.progress.ground import Ground

_GIVEN_UP = Score(0.0)


class Refused(Exception):
    """Says why an event is not taken."""

    def __init__(self, problem: ProblemType) -> None:
        super().__init__(problem.name)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Judged:
    """Holds an answer as it was scored. `answer` is None for who gives up."""

    exercise: Exercise
    revision: int
    answer: Answer | None
    score: Score


def judge(ground: Ground, event: LearnerEvent, before: ExerciseState, at: datetime) -> Judged:
    """Scores an answer. Raises `Refused`."""
    exercise_id = event.exercise_id or ""
    if event.type == "review":
        revision = _revision_of_card(ground, event.lesson_id, exercise_id, before)
    else:
        revision = revision_of(ground, event, at)
    exercise = revision.exercise(exercise_id) if revision is not None else None
    if revision is None or exercise is None:
        raise Refused(NOT_FOUND)
    if gives_up(event.answer) and event.type == "attempt":
        if before.wrong < TRIES_BEFORE_GIVING_UP:
            raise Refused(problems.TOO_EARLY)
        return Judged(exercise, revision.revision, None, _GIVEN_UP)
    try:
        answer = answer_of(exercise.type, event.answer)
        return Judged(exercise, revision.revision, answer, score(exercise, answer))
    except BadAnswer:
        raise Refused(problems.BAD_ANSWER) from None


def revision_of(ground: Ground, event: LearnerEvent, at: datetime) -> LessonRevision | None:
    """Returns the revision by which an event is judged: that which the person was shown, as the client says it.

    The client may name the revision that the person is in; one of before the lesson was begun again; any, once the
    lesson is completed, as the rest is practice; and of a lesson that was not begun yet one that newcomers saw within
    the last days, as a phone keeps it. Else it is that which the person is in: nobody chooses what to be judged by.
    Raises `Refused` for a revision that was never published.
    """
    place = ground.places[event.lesson_id]
    own = ground.revisions.get((event.lesson_id, place.revision))
    if event.revision is None:
        return own
    named = ground.revisions.get((event.lesson_id, event.revision))
    if named is None:
        raise Refused(NOT_FOUND)
    if named.revision == place.revision:
        return named
    if place.started_at is None:
        may = named.replaced_at is None or named.replaced_at > at - TOO_OLD
    else:
        before = place.restarted_at is not None and at < place.restarted_at
        may = before or ground.logs[event.lesson_id].whole().run_completed
    return named if may else own


def _revision_of_card(ground: Ground, lesson: UUID, exercise_id: str, before: ExerciseState) -> LessonRevision | None:
    """Returns the revision of a card. Raises `Refused` where there is none, or nothing to review yet."""
    card = ground.cards.get((lesson, exercise_id))
    if card is None:
        raise Refused(NOT_FOUND)
    if not before.done:  # a review is no free try, and it shows the explanation
        raise Refused(problems.TOO_EARLY)
    return ground.revisions.get((lesson, card.revision))
