"""Serves hints: gives the next one of an exercise, and shows those that were given."""

from __future__ import annotations

from uuid import UUID

from chassis.handler import Rows
from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.problems import ProblemError, ProblemType, not_found
from chassis.web.proposal import Proposal
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from content.deps import ContentDeps
from content.exercises.answers import BadAnswer, answer_of
from content.exercises.exercise import Exercise
from content.exercises.ids import shuffle_seed
from content.exercises.leaks import secrets_of
from content.exercises.lessons import LessonRevision
from content.exercises.problems import BAD_ANSWER, LESSON_LOCKED
from content.hint_log import ExerciseLog
from content.hints import store
from content.hints.authored import give_authored
from content.hints.hint import HintAccepted, HintBody, HintOut, hint_shown
from content.hints.ladder import AlreadySolved, LevelLocked, level_of
from content.hints.task import task_of
from contracts.catalogue import HINT
from contracts.feedback import GiveHint

routes = Routes("hints")

#: hints of models that a person is given on a day of UTC; the author's come after them
MOST_A_DAY = 30

LEVEL_LOCKED = ProblemType(
    name="hint-level-locked",
    status=409,
    title="This hint comes later",
    detail="Ask for the level below first; the last one wants a try of your own before.",
)
ALREADY_SOLVED = ProblemType(
    name="already-solved",
    status=409,
    title="You are done with this exercise",
    detail="There is nothing left that a hint could help with.",
)


@routes.get("/ai/hint/{id}", access=("own",))
async def read_hint(id: UUID, call: Call[ContentDeps]) -> HintOut:
    """Shows a hint that was given."""
    return hint_shown(await read_row(call.rows, store.one(id, call.caller)))


@routes.post(
    "/ai/hint",
    access=("own",),
    job=HINT,
    result="readHint",
    accepted=HintAccepted,
    replay=read_hint,
    problems=(LESSON_LOCKED, BAD_ANSWER, LEVEL_LOCKED, ALREADY_SOLVED),
    emits=False,
)
async def give_hint(body: HintBody, call: Call[ContentDeps]) -> Proposal | HintOut:
    """Gives a hint for an exercise: the next level, or the one asked for. A level that was given stays as it is, free.

    Level 1 says what to look at, 2 what is behind it, 3 solves a similar task. Each costs a part of the exercise's
    points, never of a past one. Where a model may write it there is a job; else the author's hint is shown at once.
    """
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        log = await call.deps.hint_log.read(unit, call.caller, body.lesson_id, body.exercise_id)
        revision, exercise = await _checked(unit, call.deps, log, body)
        assert log is not None
        given = await store.given(unit, call.caller, body.lesson_id, body.exercise_id, log.run)
        level = _level(body.level, {*given, *log.hints}, log)
        if level in given:
            return hint_shown(given[level])
        if level in log.hints or not await _may_be_written(unit, call):
            return hint_shown(await give_authored(unit, call.id, call.caller, log, level))
        seed = shuffle_seed(call.caller, body.lesson_id, log.place.revision)
        command = GiveHint(
            person_id=call.caller,
            hint_id=call.id,
            lesson_id=body.lesson_id,
            exercise_id=exercise.id,
            level=level,
            task=task_of(revision, exercise, seed, level, body.answer),
            secrets=secrets_of(exercise),
        )
        return Proposal(HINT, command, {"hint": {"id": str(call.id)}})


async def _may_be_written(rows: Rows, call: Call[ContentDeps]) -> bool:
    """Tells whether a model may write a hint: never for a child, nor for somebody of unknown age."""
    return (
        call.principal.age_band == "of_age"
        and await store.answers_by_models(rows, "lesson_hint")
        and await store.written_today(rows, call.caller) < MOST_A_DAY
    )


async def _checked(
    rows: Rows, deps: ContentDeps, log: ExerciseLog | None, body: HintBody
) -> tuple[LessonRevision, Exercise]:
    """Returns revision and exercise. Raises `ProblemError` for what is not there or not open, and an odd answer."""
    if log is None:
        raise not_found()
    if not log.place.unlocked:
        cards = await deps.lessons.cards(rows)
        requires = next((card.requires for card in cards if card.id == body.lesson_id), ())
        raise ProblemError(LESSON_LOCKED, extensions={"requires": [*requires]})
    if log.revision is None or log.exercise is None:
        raise not_found()
    try:
        if body.answer is not None:
            answer_of(log.exercise.type, body.answer)
    except BadAnswer:
        raise ProblemError(BAD_ANSWER) from None
    return log.revision, log.exercise


def _level(asked: int | None, seen: set[int], log: ExerciseLog) -> int:
    try:
        return level_of(asked, seen, attempts=log.attempts, done=log.done)
    except LevelLocked:
        raise ProblemError(LEVEL_LOCKED) from None
    except AlreadySolved:
        raise ProblemError(ALREADY_SOLVED) from None
