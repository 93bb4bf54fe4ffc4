"""Serves hints: gives the next one of an exercise, and shows those that were given."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.handler import Rows
from chassis.observe import metrics
from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.problems import ProblemError, ProblemType, not_found
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from content.deps import ContentDeps
from content.exercises.answers import BadAnswer, answer_of
from content.exercises.exercise import Exercise
from content.exercises.problems import BAD_ANSWER, LESSON_LOCKED
from content.hint_log import ExerciseLog
from content.hints import store
from content.hints.hint import HintBody, HintOut, hint_shown
from content.hints.ladder import AlreadySolved, LevelLocked, authored, level_of

routes = Routes("hints")

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
    status=200,
    replay=read_hint,
    problems=(LESSON_LOCKED, BAD_ANSWER, LEVEL_LOCKED, ALREADY_SOLVED),
    emits=False,
)
async def give_hint(body: HintBody, call: Call[ContentDeps]) -> HintOut:
    """Gives a hint for an exercise: the next level, or the one asked for. A level that was given stays as it is, free.

    Level 1 says what to look at, 2 what is behind it, 3 solves a similar task. Each costs a part of the exercise's
    points, never of a past one.
    """
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        log = await call.deps.hint_log.read(unit, call.caller, body.lesson_id, body.exercise_id)
        exercise = await _checked(unit, call.deps, log, body)
        assert log is not None
        given = await store.given(unit, call.caller, body.lesson_id, body.exercise_id, log.run)
        level = _level(body.level, {*given, *log.hints}, log)
        return hint_shown(given.get(level) or await _give(unit, call, log, exercise, level))


async def _checked(rows: Rows, deps: ContentDeps, log: ExerciseLog | None, body: HintBody) -> Exercise:
    """Returns the exercise. Raises `ProblemError` for one that is not there or not open, and for an odd answer."""
    if log is None:
        raise not_found()
    if not log.place.unlocked:
        cards = await deps.lessons.cards(rows)
        requires = next((card.requires for card in cards if card.id == body.lesson_id), ())
        raise ProblemError(LESSON_LOCKED, extensions={"requires": [*requires]})
    if log.exercise is None:
        raise not_found()
    try:
        if body.answer is not None:
            answer_of(log.exercise.type, body.answer)
    except BadAnswer:
        raise ProblemError(BAD_ANSWER) from None
    return log.exercise


def _level(asked: int | None, seen: set[int], log: ExerciseLog) -> int:
    try:
        return level_of(asked, seen, attempts=log.attempts, done=log.done)
    except LevelLocked:
        raise ProblemError(LEVEL_LOCKED) from None
    except AlreadySolved:
        raise ProblemError(ALREADY_SOLVED) from None


async def _give(unit: Rows, call: Call[ContentDeps], log: ExerciseLog, exercise: Exercise, level: int) -> Row[Any]:
    """Gives what the author wrote."""
    found = authored(exercise, level)
    for verdict in found.verdicts:
        metrics.HINT_LEAKS.labels("authored", verdict).inc()
    row = await store.add(
        unit,
        call.id,
        call.caller,
        log.run,
        lesson_id=log.place.lesson_id,
        exercise_id=exercise.id,
        level=level,
        text=found.text,
        source="authored",
        verdicts=found.verdicts,
        cost_usd=0,
    )
    await log.see(level)
    return row
