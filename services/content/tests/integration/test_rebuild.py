"""Tests that rows are the fold of the events, whatever came in which order, twice or late; and how rows are mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from chassis.storage.database import open_database
from chassis.testing import Harness
from chassis.web.testing import Caller, signed_in
from content.rebuild import Rebuild
from services.content.tests.integration.toy_lessons import LESSON, event, hand_in

_FOLDS = ("lesson_progress", "review_cards", "learned_days")
_ANSWERS = (
    ("rains", {"value": True}),
    ("rains", {"value": False}),
    ("word", {"text": "router"}),
    ("word", {"text": "switch"}),
    ("word", {"give_up": True}),
    ("card", {"rating": "again"}),
    ("card", {"rating": "good"}),
)


def events(random: Random, number: int) -> list[dict[str, Any]]:
    """Returns what somebody did within four days, in a random order."""
    now = datetime.now(UTC)
    found = []
    for _ in range(number):
        exercise, answer = random.choice(_ANSWERS)
        type = "review" if random.random() < 0.2 and "give_up" not in answer else "attempt"
        at = now - timedelta(minutes=random.randrange(4 * 24 * 60))
        took = random.randrange(90_000)
        found.append(event(exercise, answer, type=type, happened_at=at.isoformat(), duration_ms=took))
    return found


async def rebuilt(harness: Harness, *, applies: bool = False) -> tuple[int, list[str]]:
    """Folds everything from nothing; returns how many differences there are, and how they are told."""
    said: list[str] = []
    database = open_database(harness.database_url, "content", size=1)
    try:
        found = await Rebuild(database, said.append, applies).run()
    finally:
        await database.close()
    return found.differences, said


async def folds(harness: Harness, *persons: Any) -> list[list[Sequence[Any]]]:
    """Returns the rows of some people, without whom, by which answers and when they came."""
    of_all = "to_jsonb(t) - 'person_id' - 'id' #- '{{snapshot,received}}'"
    wanted = f"SELECT {of_all} FROM {{}} AS t WHERE person_id = $1 ORDER BY 1"
    return [
        [row[0] for table in _FOLDS for row in await harness.rows("content", wanted.format(table), person)]
        for person in persons
    ]


async def test_rows_are_the_fold_of_the_events_in_any_order(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    for seed in range(6):
        random = Random(seed)
        one, other = caller.by(signed_in()), caller.by(signed_in())
        done = events(random, 14)
        sent = [*done, *random.sample(done, 4)]
        random.shuffle(sent)
        while sent:
            some, sent = sent[: (size := random.randrange(1, 6))], sent[size:]
            await hand_in(one, *some)
            if random.random() < 0.2:
                again = "UPDATE lesson_places SET restarted_at = now(), revision = 1 WHERE person_id = $1"
                await harness.rows("content", again, one.principal.id)
        await hand_in(other, *done)
    differences, said = await rebuilt(harness)
    assert differences == 0, said


async def test_the_order_of_arrival_makes_no_difference_to_progress(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    now = datetime.now(UTC)
    right = [("rains", {"value": False}), ("rains", {"value": True}), ("word", {"text": "router"})]
    done = [
        event(exercise, answer, happened_at=(now - timedelta(hours=9 - at)).isoformat())
        for at, (exercise, answer) in enumerate([*right, ("card", {"rating": "hard"}), ("card", {"rating": "good"})])
    ]
    one, other = caller.by(signed_in()), caller.by(signed_in())
    for each in done:
        await hand_in(one, each)
    for each in reversed(done):
        await hand_in(other, each)
    first, second = await folds(harness, one.principal.id, other.principal.id)
    assert first == second
    assert first


async def test_rows_that_differ_are_mended_and_nothing_is_taken_back(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    whole = event("rains", {"value": False}), event("rains", {"value": True}), event("word", {"text": "router"})
    await hand_in(caller, *whole, event("card", {"rating": "good"}))
    before = await folds(harness, caller.principal.id)
    for change in (
        "UPDATE lesson_progress SET score = 1, snapshot = NULL",
        "DELETE FROM review_cards WHERE exercise_id = 'rains'",
        "UPDATE learned_days SET events = 9",
        "UPDATE xp_awards SET xp = xp - 1 WHERE key LIKE 'exercise/%/word'",
        "UPDATE xp_awards SET xp = xp + 1 WHERE key LIKE 'lesson/%'",
        "DELETE FROM badges",
        f"UPDATE lesson_places SET completed_at = NULL WHERE lesson_id = '{LESSON}'",
    ):
        await harness.rows("content", change)
    dry = await rebuilt(harness)
    assert dry[0] == 7, dry[1]
    assert (await rebuilt(harness)) == dry
    assert (await rebuilt(harness, applies=True))[0] == 7
    assert (await rebuilt(harness, applies=True)) == (0, [])
    assert await folds(harness, caller.principal.id) == before
    [[xp]] = await harness.rows("content", "SELECT sum(xp) FROM xp_awards")
    assert xp == 5 + 10 + 10 + 20 + 1
