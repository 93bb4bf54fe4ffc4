"""Takes the events that a client hands in: each is judged on its own, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.web.problems import INVALID, NOT_FOUND, ProblemError, ProblemType
from content.deps import ContentDeps
from content.earnings import Deed
from content.exercises.answers import Answer, BadAnswer, Rating, answer_of
from content.exercises.exercise import Exercise
from content.exercises.scoring import Score, score
from content.exercises.solution import solution_of
from content.progress import earned_by, problems, store
from content.progress.cards import Answered, fold_card
from content.progress.event import LATE, TOO_OLD, LearnerEvent, SentEvent, gives_up, happened, in_order, read_event
from content.progress.feedback import feedback_of
from content.progress.fold import TRIES_BEFORE_GIVING_UP, ExerciseState, Logged
from content.progress.ground import Ground, read_ground
from content.progress.schemas import LearningAttemptOut, PartOut, ResultOut

_GIVEN_UP = Score(0.0)


class Refused(Exception):
    """Says why an event is not taken."""

    def __init__(self, problem: ProblemType) -> None:
        super().__init__(problem.name)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class _Judged:
    """Holds an answer as it was scored. `answer` is None for who gives up."""

    exercise: Exercise
    revision: int
    answer: Answer | None
    score: Score


async def hand_in(
    rows: Rows, deps: ContentDeps, person: UUID, sent: Sequence[SentEvent], sent_at: datetime | None
) -> list[ResultOut]:
    """Takes events; returns what became of each, in the order in which they were sent.

    The caller holds the lock of the person.
    """
    received = await store.received(rows)
    known = await store.first_results(rows, person, [each.client_id for each in sent])
    read = [(each, read_event(each)) for each in sent]
    ground = await read_ground(
        rows, deps, person, received, [event.lesson_id for _, event in read if event is not None]
    )
    taking = _Taking(rows, deps, ground, known)
    moments = in_order([happened(event.happened_at, sent_at, received) if event else received for _, event in read])
    results: dict[int, ResultOut] = {}
    for at in sorted(range(len(read)), key=lambda at: moments[at]):
        results[at] = await taking.take(*read[at], moments[at])
    await taking.finish(results.values())
    return [results[at] for at in range(len(read))]


class _Taking:
    """Takes the events of one request."""

    def __init__(self, rows: Rows, deps: ContentDeps, ground: Ground, known: dict[UUID, Any]) -> None:
        self._rows, self._deps, self._ground, self._known = rows, deps, ground, known
        self._deeds: list[Deed] = []
        self._entered: set[UUID] = set()
        self._cards: dict[tuple[UUID, str], int] = {}

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

    async def finish(self, results: Any) -> None:
        """Writes log and folds, gives what was earned, and notes it in the results."""
        ground, person = self._ground, self._ground.person
        earned = await self._deps.earnings.earn(self._rows, person, self._deeds, ground.received)
        for result in results:
            if result.status != "rejected" and result.attempt is not None and result.attempt.id in earned:
                result.attempt.xp = earned[result.attempt.id]
        for values in ground.values:
            if isinstance(values["result"], LearningAttemptOut):
                values["result"] = values["result"].model_copy(update={"xp": earned.get(values["id"], 0)})
                values["result"] = values["result"].model_dump(mode="json")
        await store.add_events(self._rows, ground.values)
        for lesson in sorted({values["lesson_id"] for values in ground.values}):
            await store.save_lesson(self._rows, person, lesson, ground.state(lesson))
        for (lesson, exercise), revision in sorted(self._cards.items()):
            card = fold_card(ground.answers[lesson, exercise])
            if card is not None:
                await store.save_card(self._rows, person, lesson, exercise, revision, card)

    async def _taken(self, event: LearnerEvent, at: datetime) -> LearningAttemptOut | None:
        ground = self._ground
        if ground.received - at > TOO_OLD:
            raise Refused(problems.TOO_OLD)
        place = ground.places.get(event.lesson_id)
        if place is None:
            raise Refused(NOT_FOUND)
        if not place.unlocked:
            raise Refused(problems.LESSON_LOCKED)
        if event.type == "opened":
            await self._enter(event.lesson_id, at)
            opened = Logged(at, event.client_id, "opened", revision=place.revision, received=ground.received)
            ground.add(opened, event.lesson_id, {"id": new_id(), "duration_ms": event.duration_ms})
            return None
        return await self._answered(event, at)

    async def _answered(self, event: LearnerEvent, at: datetime) -> LearningAttemptOut:
        """Takes an attempt or a review."""
        ground, lesson, exercise_id = self._ground, event.lesson_id, event.exercise_id or ""
        marker = Logged(at, event.client_id, event.type, exercise_id)
        state = ground.before(lesson, marker)
        before = state.exercises.get(exercise_id, ExerciseState())
        before.told = before.told or state.is_told(exercise_id, ground.received)
        judged = self._judged(event, before)
        if event.type == "attempt":
            await self._enter(lesson, at)
        logged = Logged(
            at,
            event.client_id,
            event.type,
            exercise_id,
            revision=judged.revision,
            correct=judged.score.correct,
            give_up=judged.answer is None,
            received=ground.received,
        )
        attempt = self._shown(event, judged, before, at)
        rating = judged.answer.rating if isinstance(judged.answer, Rating) else None
        values = {"id": attempt.id, "answer": event.answer, "correct": judged.score.correct}
        values |= {"score": judged.score.score, "rating": rating, "duration_ms": event.duration_ms, "result": attempt}
        ground.add(logged, lesson, values)
        answered = Answered(at, event.client_id, correct=judged.score.correct, rating=rating)
        ground.answers.setdefault((lesson, exercise_id), []).append(answered)
        self._cards[lesson, exercise_id] = judged.revision
        awards = [
            earned_by.for_answer(event, judged.score.correct, before, ground.cards.get((lesson, exercise_id)), at)
        ]
        badges: list[str] = []
        after = ground.state(lesson)
        if event.type == "attempt" and after.run_completed and not state.run_completed and after.score is not None:
            opened = await self._deps.lessons.complete(self._rows, ground.person, lesson, after.score, at)
            awards.append(earned_by.for_lesson(lesson, after))
            badges = await earned_by.badges_of_lesson(self._rows, self._deps, ground.person, lesson, after)
            if opened:
                ground.places |= await self._deps.lessons.places(self._rows, ground.person, [*ground.places])
        row = ground.values[-1]
        self._deeds.append(
            Deed(
                event_id=attempt.id,
                at=at,
                day=row["day"],
                time_zone=row["time_zone"],
                review=event.type == "review",
                awards=tuple(award for award in awards if award is not None),
                badges=tuple(badges),
            )
        )
        return attempt

    def _judged(self, event: LearnerEvent, before: ExerciseState) -> _Judged:
        """Scores an answer by the revision that the person was in, or that of the card. Raises `Refused`."""
        ground, lesson, exercise_id = self._ground, event.lesson_id, event.exercise_id or ""
        number = ground.places[lesson].revision  # not what the client says: it would choose what it is judged by
        if event.type == "review":
            card = ground.cards.get((lesson, exercise_id))
            if card is None:
                raise Refused(NOT_FOUND)
            if not before.done:  # a review is no free try, and it shows the explanation
                raise Refused(problems.TOO_EARLY)
            number = card.revision
        revision = ground.revisions.get((lesson, number))
        exercise = revision.exercise(exercise_id) if revision is not None else None
        if exercise is None:
            raise Refused(NOT_FOUND)
        if gives_up(event.answer) and event.type == "attempt":
            if before.wrong < TRIES_BEFORE_GIVING_UP:
                raise Refused(problems.TOO_EARLY)
            return _Judged(exercise, number, None, _GIVEN_UP)
        try:
            answer = answer_of(exercise.type, event.answer)
            return _Judged(exercise, number, answer, score(exercise, answer))
        except BadAnswer:
            raise Refused(problems.BAD_ANSWER) from None

    def _shown(self, event: LearnerEvent, judged: _Judged, before: ExerciseState, at: datetime) -> LearningAttemptOut:
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

    async def _enter(self, lesson: UUID, at: datetime) -> None:
        """Begins a lesson, once a request."""
        if lesson not in self._entered:
            self._entered.add(lesson)
            await self._deps.lessons.enter(self._rows, self._ground.person, {lesson: at})


def _result(client: UUID, status: Any, *, problem: ProblemType | None = None, attempt: Any = None) -> ResultOut:
    if attempt is not None and not isinstance(attempt, LearningAttemptOut):
        attempt = LearningAttemptOut.model_validate(attempt)
    return ResultOut(
        client_id=client,
        status=status,
        problem=None if problem is None else ProblemError(problem).document(),
        attempt=attempt,
    )
