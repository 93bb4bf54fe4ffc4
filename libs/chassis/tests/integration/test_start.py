"""Tests that the only process of a data directory starts where a killed one stopped; a drained one gives all back."""

from __future__ import annotations

import asyncio
import dataclasses
import functools

import pytest

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import DELIVERY_LIMIT
from chassis.delivery import inbox
from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.delivery.settlement import Disposition
from chassis.errors import SettingsError
from chassis.observe import metrics
from chassis.service import Service
from chassis.storage.media import Media
from chassis.testing import running, until
from libs.chassis.tests.integration.demo import DemoDeps, Noted, Work, Worked
from libs.chassis.tests.integration.fixtures import Bench


async def test_what_a_killed_run_left_is_taken_up_at_once(
    bench: Bench, database_url: str, service: Service, media: Media
) -> None:
    owned, waiting = [await bench.claim(Work(key=key)) for key in ("owned", "waiting")]
    await bench.consumer.settle(waiting, Disposition("retry", after=600))
    unsent = bench.to_outbox(Work(key="unsent"))
    async with bench.database.transaction() as tx:
        await insert_outbox(tx, [unsent])
        await tx.fetch("UPDATE outbox SET claimed_until = now() + interval '1 h'")  # so that no sweep explains it
    bus = MemoryBus()
    async with running([service], database_url, bus, media) as harness:
        await harness.until_emitted(Worked, 2)
        assert (await bench.row(owned)).tries == 2
        row = await bench.row(waiting)
        assert (row.tries, row.due, row.done_at) == (1, False, None)
        assert sorted(bench.deps.runs) == ["owned", "unsent"]
    await bus.close()


async def test_a_process_that_is_up_and_consumes_nothing_says_so(
    database_url: str, service: Service, media: Media
) -> None:
    """Asks the metrics of a live process, whose consumer the broker ends: they are those of the bus, no flag."""

    def consumes(queue: str) -> float | None:
        return metrics.REGISTRY.get_sample_value("voxbus_consumers", {"handler": queue})

    bus = MemoryBus()
    async with running([service], database_url, bus, media) as harness:
        await harness.publish(Work(key="one"))
        await harness.until_emitted(Worked)
        [queue] = [each for each in service.topology().queues if each.name.endswith(".work")]
        assert consumes(queue.name) == 1
        for subscription in tuple(bus._queues[queue.name].subscriptions):
            await subscription.close()
        assert consumes(queue.name) == 0
    await bus.close()


async def test_a_process_that_is_not_alone_frees_nothing(
    bench: Bench, database_url: str, service: Service, media: Media, deps: DemoDeps
) -> None:
    owned = await bench.claim(Work(key="owned"))
    bus = MemoryBus()
    await bus.declare(service.topology())
    async with running([service], database_url, bus, media, single_process=False) as harness:
        await harness.publish(Work(key="other"))
        await harness.until_emitted(Worked)
    row = await bench.row(owned)
    assert (row.owner, row.tries, deps.runs) == (owned.owner, 1, ["other"])
    await bus.close()


async def test_a_drain_gives_back_what_does_not_end_and_another_replica_takes_it(bench: Bench) -> None:
    runner = await bench.slow_runner()
    ending, hanging = bench.send(Work(key="ending", how="wait")), bench.send(Work(key="hanging", how="hang once"))
    await until(lambda: bench.runs(2))
    drain = asyncio.create_task(runner.drain(2.0))
    bench.send(Work(key="late"))
    bench.deps.gate.set()
    await drain
    assert (await bench.row(ending)).outcome == "ok"
    row = await bench.row(hanging)
    assert (row.tries, row.owner, row.due, row.done_at) == (0, None, True, None)
    assert "late" not in bench.deps.runs
    other = bench.replica()
    await other.slow_runner()
    await until(lambda: bench.settled(hanging))
    await until(lambda: bench.done(3))
    assert ((await bench.row(hanging)).tries, await bench.effects()) == (1, 3)
    await other.close()


async def test_what_the_broker_gives_up_gets_a_row_that_is_due_or_has_one(
    database_url: str, service: Service, media: Media, bus: Bus, bench: Bench
) -> None:
    await bus.declare(service.topology())
    known = await bench.claim(Work(key="known"))
    await bench.consumer.settle(known, Disposition("retry", after=600))
    fresh = to_outbox_uncaused(Work(key="fresh"), source="voxbus/test", job_id=None, person_id=None)
    again = fresh.outgoing().__class__(
        "jobs", Work.type, known.id, known.received.envelope.headers(), known.received.body
    )
    sending = [bus.publish(message) for message in (fresh.outgoing(), again)]
    for _ in range(DELIVERY_LIMIT + 1):
        queue = await bus.subscribe("demo.work", 2)
        taken = 0
        while taken < 2:
            taken += len(await queue.next(2))
        await queue.close()
    async with running([service], database_url, bus, media) as harness:
        await harness.until_emitted(Worked)
        await asyncio.gather(*sending)
    row = await bench.row(fresh)
    assert (row.outcome, row.tries, row.fence) == ("ok", 1, 1)
    row = await bench.row(known)
    assert (row.done_at, row.tries, row.fence) == (None, 1, 1)


async def test_what_was_rejected_is_dead_and_not_run(
    database_url: str, service: Service, media: Media, bus: Bus, deps: DemoDeps
) -> None:
    await bus.declare(service.topology())
    sending = bus.publish(
        to_outbox_uncaused(Work(key="a"), source="voxbus/test", job_id=None, person_id=None).outgoing()
    )
    queue = await bus.subscribe("demo.work", 1)
    [delivery] = await queue.next()
    await queue.reject(delivery)
    await queue.close()
    async with running([service], database_url, bus, media) as harness:
        await until(lambda: harness.dead("demo.work"))
        await sending
    assert deps.runs == []


async def test_the_first_to_bury_a_message_wins(bench: Bench) -> None:
    received = bench.received(Work(key="a"))
    async with bench.database.transaction() as tx:
        assert await inbox.insert_dead(tx, "demo.work", received, bench.problem)
        assert not await inbox.insert_dead(tx, "demo.work", received, bench.problem)
        assert not await inbox.insert_due(tx, "demo.work", received)
    assert (await bench.row(received)).outcome == "dead"


async def test_a_message_that_no_table_can_hold_is_dead_and_stops_nobody(
    bench: Bench, database_url: str, service: Service, media: Media
) -> None:
    memory = MemoryBus()
    async with running([service], database_url, memory, media) as harness:
        for message in (Work(key="bad"), Noted(key="bad")):
            outbox_message = bench.to_outbox(message)
            half = dataclasses.replace(outbox_message.envelope, replay="\ud800")  # half a character; heirs have it too
            await harness.send(dataclasses.replace(outbox_message, envelope=half))
        for consumer, good in (("demo.work", Work(key="good")), ("demo.note", Noted(key="good"))):
            [dead] = await until(functools.partial(harness.dead, consumer))
            assert (dead.problem["type"], b"bad" in dead.body) == ("/problems/undecodable", True)
            await harness.publish(good)
        await harness.until_emitted(Worked, 2)
    await memory.close()


async def test_more_connections_than_the_database_has_are_told_at_the_start(
    database_url: str, service: Service, media: Media, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_DEMO_WORK_CONNECTIONS", "5000")
    bus = MemoryBus()
    with pytest.raises(SettingsError, match="come to 5001 connections"):
        async with running([service], database_url, bus, media):
            raise AssertionError
    await bus.close()


async def test_a_database_that_is_away_or_refuses_is_told_in_a_sentence(
    database_url: str, service: Service, media: Media, unused_tcp_port: int
) -> None:
    away = f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/none"
    bus = MemoryBus()
    with pytest.raises(SettingsError, match="database of demo does not answer"):
        async with running([service], away, bus, media):
            raise AssertionError
    stranger = dataclasses.replace(service, name="stranger")
    with pytest.raises(SettingsError, match="refuses stranger"):
        async with running([stranger], database_url, bus, media):
            raise AssertionError
    await bus.close()
