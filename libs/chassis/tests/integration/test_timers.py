"""Tests timers: set and removed with the work or not at all; fired once, whichever replica does it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Bus
from chassis.delivery import statements
from chassis.delivery.timers import Timers, timer, write_timers
from chassis.message.envelope import Envelope, new_id
from chassis.service import Service
from chassis.storage.media import Media
from chassis.testing import running, until
from contracts.feedback import FeedbackGiven
from libs.chassis.tests.integration.demo import DemoDeps, Noted, Work
from libs.chassis.tests.integration.fixtures import Bench

LATER = timedelta(hours=1)


def loop(bench: Bench) -> Timers:
    return Timers(bench.database, bench.relay, bench.watchdog.pulse("timers"), 0.02)


async def set_timers(bench: Bench, *keys: str, due: datetime | timedelta = timedelta(0)) -> Envelope:
    """Sets a timer for each key; returns the messages that caused them."""
    person = new_id()
    cause = bench.to_outbox(Work(key="cause")).envelope
    cause = Envelope(**{name: getattr(cause, name) for name in cause.__slots__} | {"person_id": person})
    timers = {key: timer(due, Noted(key=key), cause=cause, source="voxbus/demo") for key in keys}
    async with bench.database.transaction() as tx:
        await write_timers(tx, timers)
    return cause


async def pending(bench: Bench) -> Sequence[Row[Any]]:
    return await bench.rows("SELECT key, due_at, message FROM timers ORDER BY key")


async def outbox(bench: Bench) -> list[Row[Any]]:
    """Returns the outbox rows of timers that fired; no relay publishes them here."""
    return list(await bench.rows("SELECT * FROM outbox WHERE key = $1 ORDER BY id", Noted.type))


async def test_a_handler_sets_a_timer_and_its_message_is_handled_when_it_is_due(
    database_url: str, service: Service, bus: Bus, media: Media, deps: DemoDeps
) -> None:
    async with running([service], database_url, bus, media) as harness:
        await harness.publish(Work(key="a", how="schedule 0.1"), job_id=(job := new_id()), person_id=(who := new_id()))
        await harness.publish(Work(key="b", how="schedule 3600"))
        await harness.until_emitted(Noted)
        await until(lambda: _ran(deps, "a later"))
        [payload] = harness.emitted(Noted)
        assert (payload.person_id, payload.job_id) == (who, None)
        assert payload.id != payload.causation
        assert job not in (payload.id, payload.causation)
        [left] = await harness.rows("demo", "SELECT key FROM timers")
        assert left.key == "note b"
        await harness.publish(Work(key="b", how="unschedule"))

        async def gone() -> bool:
            return not await harness.rows("demo", "SELECT key FROM timers")

        await until(gone)
    assert "b later" not in deps.runs


async def _ran(deps: DemoDeps, key: str) -> bool:
    return key in deps.runs


async def test_a_timer_that_is_due_can_be_left_to_fire(bench: Bench) -> None:
    cause = bench.to_outbox(Work(key="x")).envelope
    await set_timers(bench, "due", due=datetime(2001, 1, 1, tzinfo=UTC))
    await set_timers(bench, "later", due=LATER)
    for unless_due in (True, False):
        new = {
            key: timer(2 * LATER, Noted(key=f"new {key}"), cause=cause, source="voxbus/demo", unless_due=unless_due)
            for key in ("due", "later", "never there")
        }
        async with bench.database.transaction() as tx:
            await write_timers(tx, new)
        rows = await bench.rows("SELECT key, message FROM timers ORDER BY key")
        replaced = {row.key for row in rows if "new" in row.message["body"]}
        assert replaced == ({"later", "never there"} if unless_due else {"due", "later", "never there"})


async def test_what_is_rolled_back_sets_no_timer(bench: Bench) -> None:
    cause = bench.to_outbox(Work(key="x")).envelope
    with pytest.raises(ValueError, match="the handler"):
        async with bench.database.transaction() as tx:
            await write_timers(tx, {"x": timer(LATER, Noted(key="x"), cause=cause, source="voxbus/demo")})
            raise ValueError("the handler")
    assert not await pending(bench)


async def test_the_database_says_what_is_due_and_the_message_is_as_old_as_its_firing(bench: Bench) -> None:
    await set_timers(bench, "far", due=LATER)
    await set_timers(bench, "moment", due=datetime(2001, 1, 1, tzinfo=UTC))
    [far, _] = await pending(bench)
    [[left]] = await bench.rows("SELECT $1::timestamptz - now()", far.due_at)
    assert LATER - timedelta(minutes=1) < left <= LATER
    assert await loop(bench).fire() == 1
    [fired] = await outbox(bench)
    [[age]] = await bench.rows("SELECT now() - $1::timestamptz", Envelope.parse(fired.headers).time)
    assert timedelta(0) <= age < timedelta(minutes=1)
    await bench.rows("UPDATE timers SET due_at = now()")
    assert await loop(bench).fire() == 1


async def test_a_key_has_one_timer_and_the_last_word_counts(bench: Bench) -> None:
    await set_timers(bench, "k")
    await set_timers(bench, "k", due=LATER)
    assert await loop(bench).fire() == 0
    await set_timers(bench, "k")
    assert await loop(bench).fire() == 1
    assert await loop(bench).fire() == 0
    await set_timers(bench, "k")  # what has fired can be set again
    assert await loop(bench).fire() == 1
    first, second = await outbox(bench)
    assert first.id != second.id


@pytest.mark.parametrize("change", ["message - 'version'", "'[]'", "jsonb_set(message, '{causation}', '7')"])
async def test_a_timer_that_cannot_be_read_is_a_dead_letter_and_keeps_no_other_waiting(
    bench: Bench, change: str
) -> None:
    await set_timers(bench, "bad", "good")
    await bench.rows(f"UPDATE timers SET message = {change} WHERE key = 'bad'")
    assert await loop(bench).fire() == 2
    assert [row.body.decode() for row in await outbox(bench)] == [Noted(key="good").model_dump_json()]
    assert not await pending(bench)
    [dead] = await bench.rows("SELECT * FROM inbox")
    assert (dead.consumer, dead.outcome, dead.problem["type"]) == ("timers", "dead", "/problems/undecodable")


async def test_a_timer_set_anew_while_it_fires_is_not_lost(bench: Bench) -> None:
    await set_timers(bench, "k")
    async with bench.database.transaction() as tx:
        assert len(await tx.fetch(statements.FIRE_TIMERS, 10)) == 1
        again = asyncio.create_task(set_timers(bench, "k", due=LATER))
        await until(bench.database.somebody_waits)
    await again
    [left] = await pending(bench)
    assert left.key == "k"


async def test_replicas_fire_each_timer_once(bench: Bench) -> None:
    keys = [f"k{number:03}" for number in range(300)]
    await set_timers(bench, *keys)
    fired = await asyncio.gather(*(loop(bench.replica()).fire() for _ in range(4)))
    fired.append(await loop(bench).fire())
    assert sum(fired) == len(keys)
    assert sorted(row.body.decode() for row in await outbox(bench)) == [
        Noted(key=key).model_dump_json() for key in keys
    ]


async def test_a_firing_whose_commit_was_lost_is_done_again(bench: Bench) -> None:
    await set_timers(bench, "k")
    bench.database.cut(statements.FIRE_TIMERS, "lost")
    turning = asyncio.create_task(loop(bench).run())

    async def fired() -> bool:
        return bool(await outbox(bench))

    await until(fired)
    turning.cancel()
    assert bench.database.was_cut
    assert (len(await outbox(bench)), await pending(bench)) == (1, [])


async def test_a_firing_that_was_committed_and_not_published_is_swept(bench: Bench) -> None:
    await set_timers(bench, "k")
    bench.database.cut(statements.FIRE_TIMERS, "applied")
    with pytest.raises(DBAPIError, match="no answer"):
        await loop(bench).fire()
    [fired] = await outbox(bench)
    assert fired.id not in bench.bus.in_memory_ids()
    await bench.rows("UPDATE outbox SET claimed_until = now()")
    sweeping = asyncio.create_task(bench.relay.run())

    async def taken() -> bool:
        return fired.id in bench.bus.in_memory_ids()

    await until(taken)
    sweeping.cancel()
    assert await loop(bench).fire() == 0


def test_what_could_not_be_kept_or_understood_is_refused(envelope: Envelope) -> None:
    with pytest.raises(ValueError, match="personal fields summary, tips"):
        timer(LATER, FeedbackGiven.model_validate(FeedbackGiven.examples()[0]), cause=envelope, source="x")
    with pytest.raises(ValueError, match="time zone"):
        timer(datetime(2030, 1, 1), Noted(key="x"), cause=envelope, source="x")


@pytest.fixture
def envelope(bench: Bench) -> Envelope:
    return bench.to_outbox(Work(key="x")).envelope


async def test_a_defect_in_the_loop_is_told_with_its_place_and_not_called_an_outage(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await bench.rows("ALTER TABLE timers RENAME TO gone")
    running = asyncio.create_task(loop(bench).run())

    async def told() -> bool:
        return "UndefinedTableError" in caplog.text

    await until(told)
    assert bench.watchdog.pulses["timers"].paused is None
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
