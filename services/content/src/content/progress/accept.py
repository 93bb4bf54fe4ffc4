"""Takes the events that a client hands in: each is judged on its own, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.web.problems import INVALID, NOT_FOUND, ProblemError, ProblemType
from content.deps import ContentDeps
from content.earnings import Deed, Earned
from content.exercises.answers import Rating
from content.exercises.solution import solution_of
from content.progress import earned_by, problems, statements, store, xapi
from content.progress.cards import Answered
from content.progress.event import LATE, TOO_OLD, LearnerEvent, SentEvent, happened, in_order, read_event
from content.progress.feedback import feedback_of
from content.progress.fold import ExerciseState, LessonState, Logged
from content.progress.ground import Asked, Ground, read_ground
from content.progress.judgement import Judged, Refused, judge, revision_of
from content.progress.schemas import LearningAttemptOut, PartOut, ResultOut
from content.progress.statements import Due


@dataclass(frozen=True, slots=True)
class Taken:
    """Holds what became of each event, in the order in which they were sent, and what is earned now.

    `changed`: something was accepted. `earned` is None where no answer was.
    """

    received: datetime
    results: list[ResultOut]
    earned: Earned | None
    changed: bool


async def hand_in(
    rows: Rows, deps: ContentDeps, person: UUID, sent: Sequence[SentEvent], sent_at: datetime | None
) -> Taken:
    """Takes events. The caller holds the lock of the person."""
    received, taken, known = await store.before(rows, person, [each.client_id for each in sent])
    left = problems.MOST_A_DAY - taken
    read = [(each, read_event(each)) for each in sent]
    moments = in_order([happened(event.happened_at, sent_at, received) if event else received for _, event in read])
    asked = [
        Asked(event.lesson_id, moment, event.revision)
        for (_, event), moment in zip(read, moments, strict=True)
        if event is not None and event.client_id not in known and left > 0
    ]
    ground = await read_ground(rows, deps, person, received, asked)
    taking = _Taking(rows, deps, ground, known, left)
    results: dict[int, ResultOut] = {}
    for at in sorted(range(len(read)), key=lambda at: moments[at]):
        results[at] = await taking.take(*read[at], moments[at])
    earned = await taking.finish(results.values())
    return Taken(received, [results[at] for at in range(len(read))], earned, bool(ground.values))


def count(results: Iterable[ResultOut]) -> None:
    """Counts what became of events, once that is committed."""
    for result in results:
        metrics.LEARNING_ATTEMPTS.labels(_outcome(result)).inc()


def _outcome(result: ResultOut) -> str:
    if result.status != "accepted":
        return result.status
    return "noted" if result.attempt is None else "right" if result.attempt.correct else "wrong"


class _Taking:
    """Takes the events of one request."""

    def __init__(self, rows: Rows, deps: ContentDeps, ground: Ground, known: dict[UUID, Any], left: int) -> None:
        """Takes what is known of them by their client's id, and how many more are taken today."""
        self._rows, self._deps, self._ground, self._known, self._left = rows, deps, ground, known, left
        self._deeds: list[Deed] = []
        self._answers: set[tuple[UUID, str]] = set()

    async def take(self, sent: SentEvent, event: LearnerEvent | None, at: datetime) -> ResultOut:
        """Takes one event, or says why not."""
        if sent.client_id in self._known:
            return _result(sent.client_id, "duplicate", attempt=self._known[sent.client_id])
        try:
            if event is None:
                raise Refused(INVALID)
            attempt = await self._taken(event, at)
        except Refused as refused:
            return _result(sent.client_id, "rejected", problem=refused.problem)
        self._known[sent.client_id] = attempt
        return _result(sent.client_id, "accepted", attempt=attempt)

    async def finish(self, results: Iterable[ResultOut]) -> Earned | None:
        """Writes log and folds, gives what was earned, and notes it in the results."""
        ground, person = self._ground, self._ground.person
        earnings = self._deps.earnings
        earned = (
            await earnings.earn(self._rows, person, self._deeds, ground.calendar, ground.received)
            if self._deeds
            else None
        )
        xp = {} if earned is None else earned.xp
        for result in results:
            if result.status != "rejected" and result.attempt is not None and result.attempt.id in xp:
                result.attempt.xp = xp[result.attempt.id]
        for values in ground.values:
            if isinstance(values["result"], LearningAttemptOut):
                values["result"] = values["result"].model_copy(update={"xp": xp.get(values["id"], 0)})
                values["result"] = values["result"].model_dump(mode="json")
        await store.add_events(self._rows, ground.values)
        if ground.values:
            await store.count_taken(self._rows, person, ground.received, len(ground.values))
        touched = sorted({values["lesson_id"] for values in ground.values})
        await store.save_lessons(self._rows, [store.lesson_row(person, id, ground.logs[id]) for id in touched])
        cards = [
            card
            for lesson, exercise in sorted(self._answers)
            if (card := store.card_row(person, lesson, exercise, ground.logs[lesson].recall(exercise))) is not None
        ]
        await store.save_cards(self._rows, cards)
        if self._deps.pushes:
            await statements.add(self._rows, person, self._due(touched))
        return earned

    def _due(self, touched: Iterable[UUID]) -> Iterator[Due]:
        """Returns what there are statements of now: what was done, and which lessons were completed or passed first."""
        ground = self._ground
        for values in ground.values:
            if values["type"] in xapi.VERB_OF:
                yield Due(values["type"], values["lesson_id"], values["id"])
        for lesson in touched:
            state = ground.logs[lesson].whole()
            for type_, at in (("completed", state.completed_at), ("passed", state.passed_at)):
                if at is not None and (lesson, type_) not in ground.ended:
                    yield Due(type_, lesson)

    async def _taken(self, event: LearnerEvent, at: datetime) -> LearningAttemptOut | None:
        ground = self._ground
        if ground.received - at > TOO_OLD:
            raise Refused(problems.TOO_OLD)
        if len(ground.values) >= self._left:
            raise Refused(problems.TOO_MANY_TODAY)
        place = ground.places.get(event.lesson_id)
        if place is None:
            raise Refused(NOT_FOUND)
        if not place.unlocked:
            raise Refused(problems.LESSON_LOCKED)
        if event.type == "opened":
            shown = revision_of(ground, event, at)
            revision = place.revision if shown is None else shown.revision
            await self._enter(event.lesson_id, at, revision)
            took = event.duration_ms
            opened = Logged(
                at, event.client_id, "opened", revision=revision, received=ground.received, duration_ms=took
            )
            ground.add(opened, event.lesson_id, {"id": new_id()})
            return None
        return await self._answered(event, at)

    async def _answered(self, event: LearnerEvent, at: datetime) -> LearningAttemptOut:
        """Takes an attempt or a review."""
        ground, lesson, exercise_id = self._ground, event.lesson_id, event.exercise_id or ""
        log = ground.logs[lesson]
        state = log.before(Logged(at, event.client_id, event.type, exercise_id))
        before = state.exercise_before(exercise_id, ground.received)
        judged = judge(ground, event, before, at)
        if event.type == "attempt":
            await self._enter(lesson, at, judged.revision)
        attempt = self._shown(event, judged, before, at)
        card = ground.cards.get((lesson, exercise_id))
        logged = self._logged(event, judged, at)
        rating = judged.answer.rating if isinstance(judged.answer, Rating) else None
        correct, revision = judged.score.correct, judged.revision
        answered = Answered(at, event.client_id, correct=correct, rating=rating, revision=revision)
        due = card.due if card is not None else None
        awards, completed = earned_by.add_answer(log, lesson, logged, answered, before, due)
        values = {"id": attempt.id, "answer": event.answer, "correct": correct, "score": judged.score.score}
        ground.write(logged, lesson, values | {"rating": rating, "result": attempt})
        self._answers.add((lesson, exercise_id))
        badges = [] if completed is None else await self._complete(lesson, completed)
        row = ground.values[-1]
        when = {"at": at, "received": ground.received, "day": row["day"], "time_zone": row["time_zone"]}
        is_review = event.type == "review"
        self._deeds.append(Deed(attempt.id, **when, review=is_review, awards=tuple(awards), badges=tuple(badges)))
        return attempt

    def _logged(self, event: LearnerEvent, judged: Judged, at: datetime) -> Logged:
        return Logged(
            at,
            event.client_id,
            event.type,
            judged.exercise.id,
            revision=judged.revision,
            correct=judged.score.correct,
            give_up=judged.answer is None,
            received=self._ground.received,
            duration_ms=event.duration_ms,
        )

    async def _complete(self, lesson: UUID, state: LessonState) -> list[str]:
        """Notes that runs of a lesson are completed, and opens what follows; returns the badges that it earns."""
        ground, opened = self._ground, False
        for at in state.completions:
            opened |= bool(await self._deps.lessons.complete(self._rows, ground.person, lesson, state.best or 0, at))
        changed = [*ground.places] if opened else [lesson]
        ground.places |= await self._deps.lessons.places(self._rows, ground.person, changed)
        return await earned_by.badges_of_lesson(self._rows, self._deps, ground.person, lesson, state)

    def _shown(self, event: LearnerEvent, judged: Judged, before: ExerciseState, at: datetime) -> LearningAttemptOut:
        exercise, found, gave_up = judged.exercise, judged.score, judged.answer is None
        card = self._ground.cards.get((event.lesson_id, exercise.id))
        answers = card.reviews if event.type == "review" and card is not None else before.attempts
        return LearningAttemptOut(
            id=new_id(),
            lesson_id=event.lesson_id,
            exercise_id=exercise.id,
            revision=judged.revision,
            correct=found.correct,
            score=found.score,
            number=answers + 1,
            hints_used=len(before.hints),
            feedback=feedback_of(exercise, judged.answer, found),
            parts=None if found.parts is None else [PartOut(id=id, correct=right) for id, right in found.parts],
            explanation=exercise.explanation if found.correct or gave_up or before.done else None,
            solution=solution_of(exercise) if gave_up else None,
            xp=0,
            at=at,
            late=self._ground.received - at > LATE,
        )

    async def _enter(self, lesson: UUID, at: datetime, revision: int) -> None:
        """Begins a lesson in a revision, unless it was begun."""
        place = self._ground.places[lesson]
        if place.started_at is None:
            await self._deps.lessons.enter(self._rows, self._ground.person, {lesson: at}, {lesson: revision})
            self._ground.places[lesson] = replace(place, started_at=at, revision=revision)


def _result(client: UUID, status: Any, *, problem: ProblemType | None = None, attempt: Any = None) -> ResultOut:
    if attempt is not None and not isinstance(attempt, LearningAttemptOut):
        attempt = LearningAttemptOut.model_validate(attempt)
    return ResultOut(
        client_id=client,
        status=status,
        problem=None if problem is None else ProblemError(problem).document(),
        attempt=attempt,
    )
