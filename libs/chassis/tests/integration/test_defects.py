"""Tests unforeseen database errors: one that all messages meet buries none of them and costs none a try."""

from __future__ import annotations

import asyncio

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery.dead import DeadRunner
from chassis.loops import DEFECTS_MAX, TooManyDefects
from chassis.testing import until
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


async def test_a_defect_that_stays_ends_the_process(bench: Bench, migrating: Migrating) -> None:
    runner = await bench.slow_runner(slots=1, run=False)
    for _ in range(DEFECTS_MAX - 1):
        bench.consumer.defects.add(ValueError())
    bench.send(Work(key="a"))
    await migrating.begin()
    with pytest.raises(TooManyDefects):
        await runner.run()
    assert bench.watchdog.stuck() == ["work"]
    await migrating.end()
