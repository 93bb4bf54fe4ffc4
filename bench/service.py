"""Defines a service for the bench: a job writes one row of 500 bytes and publishes its result, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from chassis.bus.topology import Topology, event_queue, work_queue
from chassis.handler import Deps, Unit, handles
from chassis.service import Components, Platform, Service
from chassis.storage.tables import delivery_tables
from contracts.base import Command, Event
from contracts.common import StepStarted

METADATA = sa.MetaData()
delivery_tables(METADATA)
results = sa.Table("results", METADATA, sa.Column("id", sa.Uuid, primary_key=True), sa.Column("text", sa.Text))

#: messages in one transaction at most, for every side that has batches; half of every side's prefetch
BATCH = 100
#: jobs of the slow handler at a time
SLOTS = 8


class Work(Command):
    """Asks the fast handler, or a baseline, for a job."""

    type = "bench.work"
    key: UUID
    text: str


class SlowWork(Command):
    """Asks the slow handler for a job."""

    type = "bench.slow_work"
    key: UUID
    text: str


class Done(Event):
    """Reports a job's result."""

    type = "bench.done"
    text: str


@handles(Work, batch=BATCH)
async def record(commands: Sequence[Work], _deps: Deps, unit: Unit) -> None:
    """Handles jobs fast, in batches."""
    await unit.execute(results.insert(), [{"id": command.key, "text": command.text} for command in commands])
    for command in commands:
        unit.emit(Done(text=command.text), cause=command)


@handles(SlowWork, slots=SLOTS, timeout=30)
async def record_slowly(command: SlowWork, deps: Deps) -> None:
    """Handles a job slowly, though without work: only the cost of its lease remains."""
    async with deps.unit() as unit:
        await unit.execute(results.insert().values(id=command.key, text=command.text))
        unit.emit(Done(text=command.text))


@asynccontextmanager
async def _open(_kit: Platform) -> AsyncIterator[Components]:
    yield Components(deps=Deps())


SERVICE = Service(
    name="bench",
    metadata=METADATA,
    migrations=Path(__file__).parent / "migrations",
    open=_open,
    handlers=(record, record_slowly),
)

#: takes every result; other events go to a queue that is not read
RESULTS = event_queue("bench_results", "all", [Done.type])
_OTHERS = event_queue("bench_others", "all", [StepStarted.type])
#: where the accept side's commands go
_ACCEPTED = work_queue("notify", "mark_read", "notification.mark_read")


def baseline_queue(side: str) -> str:
    """Names a baseline's queue, which is bound by its own name."""
    return f"{side}.work"


def work_queue_of(command: type[Command]) -> str:
    """Returns the queue of a command's handler."""
    return next(queue.name for queue in SERVICE.topology().queues if command.type in queue.keys)


def topology(baselines: Sequence[str]) -> Topology:
    """Returns every queue of a run, all with the same arguments."""
    queues = [work_queue(side, "work", baseline_queue(side)) for side in baselines]
    return SERVICE.topology() + Topology((*queues, RESULTS, _OTHERS, _ACCEPTED))
