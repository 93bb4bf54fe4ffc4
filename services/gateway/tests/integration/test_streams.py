"""Tests streams from the log: each row once and in order, whatever becomes of bells, replicas and slow clients."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from contracts.common import StepStarted
from contracts.feedback import FeedbackGiven
from contracts.notify import NotificationRead
from contracts.speech import AttemptAssessed
from gateway.edge.streams.hub import Hub, StreamEvent
from gateway.jobs.event_log import store
from services.gateway.tests.integration.fixtures import Bench


class Losing(MemoryBus):
    """Loses half of the doorbells."""

    async def publish_transient(self, key: str, body: bytes) -> None:
        if random.random() < 0.5:
            await super().publish_transient(key, body)


@asynccontextmanager
async def replica(bench: Bench, poll_every: float = 60.0) -> AsyncIterator[Hub]:
    """Provides a replica's hub; where it does not poll, only bells can move a stream."""
    hub = Hub(bench.database, bench.bus, bench.watchdog.pulse("hub"), bench.stopping, poll_every, keys=bench.keys)
    running = asyncio.create_task(hub.run())
    await asyncio.sleep(0)
    yield hub
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def record(bench: Bench, job_id: UUID, *messages: type) -> None:
    plan = await bench.recorder.record([bench.event(job_id, message) for message in messages])
    await store.announce(plan, bench.relay, bench.bus)


async def work(bench: Bench, job_id: UUID, starts: int) -> None:
    for _ in range(starts):
        await record(bench, job_id, StepStarted)
    await record(bench, job_id, AttemptAssessed)
    await record(bench, job_id, FeedbackGiven)
    await record(bench, job_id, NotificationRead)  # late: it follows the terminal row


async def follow(hub: Hub, job_id: UUID, after: int = 0, limit: int = 10**6) -> list[StreamEvent]:
    found: list[StreamEvent] = []
    async with asyncio.timeout(20), hub.subscribe(job_id, after) as events:
        async for event in events:
            found.append(event)
            if len(found) == limit:
                break
    return found


async def test_a_stream_from_its_command_to_its_end(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as hub:
        following = asyncio.create_task(follow(hub, job_id))
        await work(bench, job_id, 1)
        found = await following
    assert [event.seq for event in found] == [1, 2, 3, 4, 5]
    assert [event.type for event in found] == [
        "attempt.accepted",
        "step.started",
        "attempt.assessed",
        "feedback.given",
        "job.succeeded",
    ]
    assert found[-1].data == {"result": {"attempt_id": str(job_id)}}
    shown = AttemptAssessed.examples()[0]
    assert found[2].data.keys() == {"words", "scores", "refusal"}
    assert found[2].data["scores"] == shown["scores"]


async def test_lost_bells_cost_time_but_neither_a_row_nor_a_duplicate(bench: Bench) -> None:
    bench.bus = Losing()
    jobs = [await bench.new_job() for _ in range(5)]
    async with replica(bench, poll_every=0.1) as one, replica(bench, poll_every=0.1) as two:
        following = [asyncio.create_task(follow(hub, job_id)) for job_id in jobs for hub in (one, two)]
        await asyncio.gather(*(work(bench, job_id, 6) for job_id in jobs))
        streams = await asyncio.gather(*following)
    assert [[event.seq for event in found] for found in streams] == [list(range(1, 11))] * 10


async def test_a_stream_goes_on_at_another_replica_where_it_was_cut(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as one, replica(bench) as two:
        working = asyncio.create_task(work(bench, job_id, 20))
        seen: list[StreamEvent] = []
        hubs = [one, two]
        while not seen or not seen[-1].terminal:
            seen += await follow(hubs[len(seen) % 2], job_id, after=len(seen), limit=random.randint(1, 3))
        await working
    assert [event.seq for event in seen] == list(range(1, 25))


async def test_a_client_that_does_not_read_blocks_nobody_and_misses_nothing(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as hub, hub.subscribe(job_id) as slow:
        following = asyncio.create_task(follow(hub, job_id))
        await record(bench, job_id, *[StepStarted] * 250)
        await record(bench, job_id, AttemptAssessed, FeedbackGiven)
        quick = await following
        async with asyncio.timeout(20):
            late = [event async for event in slow]
    assert [event.seq for event in quick] == [event.seq for event in late] == list(range(1, 255))


async def test_clients_at_different_places_of_one_long_stream(bench: Bench) -> None:
    job_id = await bench.new_job()
    await record(bench, job_id, *[StepStarted] * 150)
    await record(bench, job_id, AttemptAssessed, FeedbackGiven)
    async with replica(bench) as hub, hub.subscribe(job_id), hub.subscribe(job_id, 90) as later, asyncio.timeout(20):
        assert [event.seq async for event in later] == list(range(91, 155))


async def test_progress_is_passed_on_without_a_number_and_an_older_run_is_not_heard(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as hub, hub.subscribe(job_id) as events:
        assert (await anext(events)).seq == 1
        for fence, words in ((1, "a"), (2, "b"), (1, "c"), (2, "d")):
            said = {"fence": fence, "at": "2026-11-20T10:00:00Z", "transcript": words}
            await bench.bus.publish_transient(f"progress.{job_id}", json.dumps(said).encode())
        await bench.bus.publish_transient(store.WAKEUPS, b"not a bell")
        await work(bench, job_id, 0)
        async with asyncio.timeout(20):
            found = [event async for event in events]
    transient = [event for event in found if event.seq is None]
    assert [(event.type, event.data["transcript"]) for event in transient] == [("progress", w) for w in "abd"]
    assert [event.seq for event in found if event.seq] == [2, 3, 4]


async def test_waiting_for_a_job(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as hub:
        assert not await hub.wait(job_id, 0.05)
        waiting = asyncio.create_task(hub.wait(job_id, 20))
        await bench.endings.cancel(job_id, bench.person)
        assert await waiting
        assert await hub.wait(job_id, 20)


@pytest.mark.parametrize("before", [True, False])
async def test_a_stopping_process_ends_its_streams(bench: Bench, before: bool) -> None:
    job_id = await bench.new_job()
    async with replica(bench) as hub:
        if before:
            bench.stopping.set()
        following = asyncio.create_task(follow(hub, job_id))
        await asyncio.sleep(0)
        bench.stopping.set()
        assert not any(event.terminal for event in await following)
