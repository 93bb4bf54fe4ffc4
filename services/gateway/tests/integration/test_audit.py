"""Tests the audit on a real database: what it reads of jobs, log, inbox and outbox, and who does a round."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from uuid import UUID

import pytest

from chassis.bus.base import Subscription
from chassis.bus.memory import MemoryBus
from chassis.bus.queue_census import answer_census
from chassis.bus.topology import Queue, Topology
from chassis.delivery import inbox
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.storage.database import open_database
from contracts.base import JobKind
from gateway.jobs import audit_statements as statements
from gateway.jobs.audit import Audit
from gateway.jobs.orphans import queue_route
from gateway.service import SERVICE
from services.gateway.tests.integration.fixtures import ATTEMPT, Bench

#: nothing may be silent at all, so that no test has to wait
IMPATIENT = dataclasses.replace(
    ATTEMPT, steps=tuple(dataclasses.replace(step, max_silence=timedelta(0)) for step in ATTEMPT.steps)
)
EVERYWHERE = queue_route(ATTEMPT, ())


@dataclasses.dataclass
class Room:
    """Holds a bench of its own, since the audit is of all jobs, and idle consumers of every queue on the path."""

    bench: Bench
    idle: Mapping[str, Subscription]

    async def audit(self, kind: JobKind = IMPATIENT, rows: int = 500) -> tuple[int, int, int]:
        """Makes a round of the audit; returns the gauges: orphans, ledger, in flight."""
        audit = Audit(self.bench.database, self.bench.bus, ["gateway"], {"attempt": kind}, rows=rows)
        await audit.once()
        await audit.show()
        return shown()

    async def new_jobs(self, count: int) -> list[UUID]:
        """Makes jobs whose command is lost."""
        jobs = [await self.bench.new_job() for _ in range(count)]
        await self.do("DELETE FROM outbox")
        return jobs

    async def do(self, statement: str, *parameters: object) -> None:
        """Runs a statement as an operator would by hand."""
        await self.bench.database.fetch(statement, *parameters)


def shown() -> tuple[int, int, int]:
    values = {sample.name: sample.value for metric in metrics.REGISTRY.collect() for sample in metric.samples}
    return (
        int(values["voxbus_job_orphans"]),
        int(values["voxbus_job_ledger"]),
        int(values["voxbus_jobs_in_flight"]),
    )


@pytest.fixture
async def room(postgres_url: str) -> AsyncIterator[Room]:
    async with fresh_database(postgres_url, [SERVICE]) as url:
        database = open_database(url, "gateway")
        bus = MemoryBus()
        await bus.declare(Topology(tuple(Queue(queue, "events", (), None) for queue in EVERYWHERE)))
        idle = {queue: await bus.subscribe(queue, 1) for queue in EVERYWHERE}
        answering = asyncio.create_task(answer_census(bus))
        bench = Bench(database, bus)
        yield Room(bench, idle)
        await bench.relay.flush(0)
        await bus.close()
        await answering
        await database.close()


async def test_a_job_is_found_in_outbox_and_inbox_and_in_the_log_that_ended_it(room: Room) -> None:
    job = await room.bench.new_job()
    assert await room.audit() == (0, 0, 1)
    await room.do("UPDATE outbox SET claimed_until = 'infinity'")  # it waits for its turn
    assert await room.audit() == (0, 0, 1)
    assessed, given = room.bench.steps(job)
    await room.bench.recorder.record([assessed])
    await room.do("DELETE FROM outbox")
    async with room.bench.database.transaction() as tx:
        claim = await inbox.claim(tx, "gateway.record", given, new_id())
        assert claim is not None
        assert await inbox.retry(tx, claim, 3600)
    assert await room.audit() == (0, 0, 1)  # it is tried again in an hour
    await room.bench.recorder.record([given])
    assert await room.audit() == (0, 0, 0)
    assert await room.bench.status(job) == "succeeded"


async def test_what_is_nowhere_is_lost_until_it_goes_on_or_ends(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    heard, cancelled, found = await room.new_jobs(3)
    assert await room.audit(ATTEMPT) == (0, 0, 3)  # not long enough to count
    await room.do("UPDATE jobs SET heard_at = now() - interval '3 minutes', ready_at = NULL")
    assert await room.audit(ATTEMPT) == (3, 3, 0)
    assert all(str(job) in caplog.text for job in (heard, cancelled, found))
    await room.bench.recorder.record(room.bench.steps(heard)[:1])
    await room.bench.endings.cancel(cancelled, room.bench.person)
    await room.do("DELETE FROM outbox")
    async with room.bench.database.transaction() as tx:
        await inbox.claim(tx, "gateway.record", room.bench.steps(found)[0], new_id())
    assert await room.audit(ATTEMPT) == (0, 0, 2)
    assert await room.audit() == (1, 1, 1)  # a job that had an event is lost again
    assert caplog.text.count("lost no more") == 3


async def test_while_a_queue_is_not_known_to_be_empty_nothing_is_lost(room: Room) -> None:
    await room.new_jobs(2)
    await room.idle["gateway.dead"].close()
    assert await room.audit() == (0, 0, 2)
    await room.bench.bus.subscribe("gateway.dead", 1)
    assert await room.audit() == (2, 2, 0)


@pytest.mark.parametrize(
    ("by_hand", "ledger"),
    [
        ("DELETE FROM jobs WHERE id = $1", 1),
        ("DELETE FROM log WHERE stream_id = $1 AND seq = 1", -1),
        ("DELETE FROM log WHERE stream_id = $1", -1),
        ("UPDATE jobs SET finished_at = now(), status = 'failed' WHERE id = $1", 1),
        ("UPDATE log SET terminal = true WHERE stream_id = $1 AND seq = 1", -2),
    ],
)
async def test_the_books_do_not_balance_when_jobs_and_log_disagree(
    room: Room, by_hand: str, ledger: int, caplog: pytest.LogCaptureFixture
) -> None:
    job, other = await room.bench.new_job(), await room.bench.new_job()
    await room.bench.recorder.record(room.bench.steps(other))
    assert (await room.audit())[:2] == (0, 0)
    await room.do(by_hand, job)
    assert (await room.audit())[:2] == (0, ledger)
    said = "".join(record.getMessage() for record in caplog.records if record.name == "gateway.jobs.audit")
    assert str(job) in said
    assert str(other) not in said


async def test_an_ended_job_whose_last_row_was_deleted_does_not_balance(room: Room) -> None:
    job = await room.bench.new_job()
    await room.bench.recorder.record(room.bench.steps(job))
    await room.do("DELETE FROM log WHERE stream_id = $1 AND terminal", job)
    assert await room.audit() == (0, 1, 0)


async def test_of_several_gateways_one_does_the_round_and_all_show_it(room: Room) -> None:
    await room.new_jobs(1)
    database = room.bench.database
    begun = await asyncio.gather(*(database.fetch(statements.BEGIN, 15.0) for _ in range(5)))
    assert sum(len(rows) for rows in begun) == 1
    assert await room.audit() == (1, 1, 0)
    metrics.JOB_ORPHANS.set(0)
    other = Audit(database, room.bench.bus, ["gateway"])
    await other.show()
    assert shown() == (1, 1, 0)
    await room.do("UPDATE audit SET begun_at = now() - interval '16 seconds'")
    assert await database.fetch(statements.BEGIN, 15.0)


async def test_of_a_kind_the_longest_silent_are_looked_for_and_others_in_the_next_rounds(
    room: Room,
) -> None:
    await room.new_jobs(5)
    assert [await room.audit(rows=2) for _ in range(3)] == [(2, 2, 3), (4, 4, 1), (5, 5, 0)]
