"""Tests what content tells of learners: each change once, badges once, and the end of their days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from chassis.storage.database import open_database
from chassis.storage.person_lock import lock_people
from chassis.testing import Harness, until
from chassis.web.testing import Caller
from content.gamification.tables import learned_days
from contracts.learning import LearnerAwarded, LearnerProgressed
from services.content.tests.integration.toy_lessons import event, hand_in

_CARD_DUE = "SELECT due FROM review_cards WHERE person_id = $1"
_DUE = "SELECT due_at FROM timers WHERE key = 'learner-day/' || $1::uuid"
_LEARNED = {"time_zone": "UTC", "events": 1, "reviews": 0}


async def test_each_change_is_told_with_what_the_day_is_now(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    right = event("rains", {"value": True})
    handed = await hand_in(caller, right, event("rains", {"value": 1}))
    await hand_in(caller, right)
    await hand_in(caller, event("word", {"text": "rain"}))
    [first, second] = await harness.told(LearnerProgressed, 2)
    ends = datetime.fromisoformat(handed["streak"]["day_ends_at"])
    assert (first.done, first.run, first.day_ends_at, first.reviews_due) == (True, 1, ends, 0)
    assert (first.day, second.day) == (datetime.now(UTC).date(),) * 2
    [[due]] = await harness.rows("content", _DUE, caller.principal.id)
    assert due == ends


async def test_a_badge_is_told_once(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    whole = event("rains", {"value": True}), event("word", {"text": "router"}), event("card", {"rating": "good"})
    await hand_in(caller, *whole)
    await hand_in(caller, *whole, event("card", {"rating": "easy"}))
    await harness.until_emitted(LearnerProgressed, 2)
    found = await harness.told(LearnerAwarded, 2)
    assert {(each.kind, each.name) for each in found} == {("badge", "first-lesson"), ("badge", "perfect-lesson")}


async def test_a_day_that_counts_after_all_is_told_once(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    now = datetime.now(UTC)
    events = {
        days: event("rains", {"value": False}, happened_at=(now - timedelta(days=days)).isoformat())
        for days in (4, 3, 2, 0)
    }
    for days in (4, 0, 3, 2, 3):
        await hand_in(caller, events[days])
    await hand_in(caller, event("word", {"text": "rain"}, happened_at=(now - timedelta(days=3)).isoformat()))
    told = [each for each in await harness.told(LearnerAwarded, 3) if each.name.startswith("repaired/")]
    assert [each.name for each in told] == [f"repaired/{(now - timedelta(days=days)).date()}" for days in (3, 2)]
    assert all("its freeze is yours again" in each.title for each in told)


async def test_the_end_of_a_day_is_told_while_there_is_a_run(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    yesterday = datetime.now(UTC) - timedelta(days=1)
    wrong, right = (
        event("rains", {"value": value}, happened_at=(yesterday + number * timedelta(minutes=1)).isoformat())
        for number, value in enumerate((False, True))
    )
    await hand_in(caller, wrong, right)
    [[since]] = await harness.rows("content", _CARD_DUE, caller.principal.id)
    await harness.rows("content", "UPDATE timers SET due_at = now()")
    found = await harness.told(LearnerProgressed, 2)
    assert (found[1].done, found[1].run) == (False, 1)
    assert [(each.reviews_due, each.reviews_due_since) for each in found] == [(1, since)] * 2

    async def set_again() -> bool:
        return bool(await harness.rows("content", _DUE, caller.principal.id))

    await until(set_again, what="the timer of the next day")


async def test_the_end_of_a_day_waits_for_what_is_being_handed_in(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    person = caller.principal.id
    assert person is not None
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await hand_in(caller, event("rains", {"value": True}, happened_at=yesterday.isoformat()))
    await harness.told(LearnerProgressed)
    waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    database = open_database(harness.database_url, "content", size=1)
    async with database.transaction() as tx:
        await lock_people(tx, {person})
        await tx.execute(sa.insert(learned_days).values(person_id=person, day=datetime.now(UTC).date(), **_LEARNED))
        await harness.rows("content", "UPDATE timers SET due_at = now() WHERE key LIKE 'learner-day/%'")

        async def waits() -> bool:
            return bool(await harness.rows("content", waiting))

        await until(waits, what="the end of the day")
        [[committed]] = await harness.rows("content", "SELECT clock_timestamp()")
    await database.close()
    [_, closed] = await harness.told(LearnerProgressed, 2)
    assert (closed.done, closed.run) == (True, 2)
    assert closed.at > committed


async def test_a_changed_day_start_moves_the_end_of_the_day(owner: tuple[Harness, Caller]) -> None:
    harness, caller = owner
    await hand_in(caller, event("rains", {"value": True}))
    await caller("PUT", "/gamification/settings", {"day_start": "05:30"})
    [_, moved] = await harness.told(LearnerProgressed, 2)
    assert (moved.day_ends_at.hour, moved.day_ends_at.minute) == (5, 30)
