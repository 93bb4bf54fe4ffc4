"""Tests unforeseen database errors: one that all messages meet buries none of them and costs none a try."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery.dead import DeadRunner
from chassis.loops import DEFECTS_MAX, TooManyDefects
from chassis.message.envelope import new_id
from chassis.testing import until
from contracts.common import JobCancelled
from libs.chassis.tests.integration.demo import Noted, Work
from libs.chassis.tests.integration.fixtures import Bench


class Migrating:
    """Simulates a migration under way: a table that claims and batches read is gone for a while."""

    def __init__(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        self._bench = bench
        self._caplog = caplog

    async def begin(self, table: str = "cancelled_jobs") -> None:
        await self._bench.rows(f"ALTER TABLE {table} RENAME TO gone")
        self._caplog.clear()

    async def end(self, table: str = "cancelled_jobs") -> None:
        await self._bench.rows(f"ALTER TABLE gone RENAME TO {table}")

    async def was_met(self) -> bool:
        """Tells whether a defect was logged with its place."""
        return "UndefinedTableError" in self._caplog.text


@pytest.fixture
def migrating(bench: Bench, caplog: pytest.LogCaptureFixture) -> Migrating:
    return Migrating(bench, caplog)


async def returned(bench: Bench, count: int) -> None:
    """Returns the messages to the queue, as if their consumer had died before the ack."""

    async def ready() -> bool:
        assert isinstance(bench.bus, MemoryBus)
        return len(bench.bus.in_memory_ids()) >= count

    await until(ready)
    queue = await bench.bus.subscribe("demo.note", 100)
    await queue.next(100)
    await queue.close()


@pytest.mark.parametrize("how", ["slow", "fast", "fast, delivered before"])
async def test_what_cannot_be_claimed_for_a_while_is_neither_dead_nor_lost(
    bench: Bench, migrating: Migrating, how: str
) -> None:
    keys = [str(number) for number in range(3)]
    sent = [bench.send(Work(key=key) if how == "slow" else Noted(key=key)) for key in keys]
    if how == "fast, delivered before":
        await returned(bench, len(sent))
    await migrating.begin()
    await (bench.slow_runner() if how == "slow" else bench.fast_runner())
    await until(migrating.was_met)
    await migrating.end()

    async def done() -> bool:
        rows = await bench.rows("SELECT outcome, tries FROM inbox ORDER BY id")
        return [(row.outcome, row.tries) for row in rows] == [("ok", 1)] * len(sent)

    await until(done)
    assert await bench.effects() == len(sent)
    assert all(pulse.paused is None for pulse in bench.watchdog.pulses.values())


async def test_what_cannot_be_settled_for_a_while_is_taken_over(bench: Bench, migrating: Migrating) -> None:
    claim = await bench.claim(Work(key="a", how="permanent"))
    await migrating.begin("outbox")
    await bench.slow.run(claim)
    assert await migrating.was_met()
    await migrating.end("outbox")
    await bench.make_due(claim)
    [again] = await bench.consumer.reap(1)
    await bench.slow.run(again)
    assert (await bench.row(claim)).outcome == "dead"


async def test_a_dead_letter_that_cannot_be_written_for_a_while_keeps_its_id(
    bench: Bench, migrating: Migrating
) -> None:
    queue = await bench.bus.subscribe("demo.work", 1)
    sent = bench.send(Work(key="a"))
    [delivery] = await queue.next()
    await queue.reject(delivery)
    await migrating.begin("inbox")
    running = asyncio.create_task(DeadRunner(bench.consumer, await bench.bus.subscribe("demo.dead", 1)).run())
    await until(migrating.was_met)
    await migrating.end("inbox")

    async def kept() -> bool:
        rows = await bench.rows("SELECT id, outcome FROM inbox")
        return [(row.id, row.outcome) for row in rows] == [(sent.envelope.id, "dead")]

    await until(kept)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def meet_defects(bench: Bench) -> None:
    """Lets a consumer have met one round of defects fewer than end its process."""
    pulse, now = bench.consumer.pulse, time.monotonic()
    for number in range(1, DEFECTS_MAX):
        pulse.clock = (now - 60.0 * (DEFECTS_MAX - number)).__float__
        bench.consumer.defects.add(ValueError())
    pulse.clock = time.monotonic


async def test_slots_that_meet_one_trouble_together_wait_it_out(
    bench: Bench, migrating: Migrating, caplog: pytest.LogCaptureFixture
) -> None:
    sent = [bench.send(Work(key=str(number))) for number in range(8)]
    await migrating.begin()
    await bench.slow_runner(slots=8)

    async def met_by_all_again() -> bool:
        return caplog.text.count("has failed by a defect") > 2 * DEFECTS_MAX

    await until(met_by_all_again)
    await migrating.end()

    async def done() -> bool:
        return await bench.effects() == len(sent)

    await until(done)
    assert bench.watchdog.stuck() == []


@pytest.mark.parametrize("how", ["duplicate", "too old", "of a job that has ended", "due, of a job that has ended"])
async def test_whatever_was_dealt_with_ends_the_row_of_defects(bench: Bench, how: str) -> None:
    job = new_id()
    sent = bench.to_outbox(Work(key="a"), job_id=job)
    claim = await bench.slow.claim(bench.received_of(sent)) if how.startswith("du") else None
    if "ended" in how:
        await bench.end_job(job)
    if how == "too old":
        old = dataclasses.replace(sent.envelope, id=UUID(int=0x7 << 76 | 0b10 << 62))
        sent = dataclasses.replace(sent, envelope=old)
    meet_defects(bench)
    if claim is not None and how != "duplicate":
        await bench.slow.run_reaped(claim)
    else:
        queue = await bench.bus.subscribe("demo.work", 1)
        bench.relay.publish([sent])
        [delivery] = await queue.next()
        assert await bench.slow.receive(delivery, queue) is None
        await queue.close()
    bench.consumer.defects.add(ValueError())  # the first, not the last


async def test_looks_for_due_rows_that_fail_now_and_then_end_nothing(bench: Bench, migrating: Migrating) -> None:
    for _ in range(DEFECTS_MAX + 1):
        await migrating.begin("inbox")
        assert await bench.consumer.reap(1) == []
        assert await migrating.was_met()
        await migrating.end("inbox")
        assert await bench.consumer.reap(1) == []


async def test_jobs_that_cannot_be_ended_for_a_while_are_ended_then(bench: Bench, migrating: Migrating) -> None:
    claim = await bench.claim(Work(key="a"), job_id=(job := new_id()))
    await migrating.begin()
    await bench.cancel_runner()
    bench.send(JobCancelled.model_validate({**JobCancelled.examples()[0], "job_id": job}), job_id=job)
    await until(migrating.was_met)
    await migrating.end()

    async def ended() -> bool:
        return bool((await bench.row(claim)).outcome == "cancelled")

    await until(ended)


async def test_a_defect_that_stays_ends_the_process(bench: Bench, migrating: Migrating) -> None:
    runner = await bench.slow_runner(slots=1, run=False)
    meet_defects(bench)
    bench.send(Work(key="a"))
    await migrating.begin()
    with pytest.raises(TooManyDefects):
        await runner.run()
    assert bench.watchdog.stuck() == ["work"]
    await migrating.end()
