"""Defines a small service that tests the chassis: each message says what its handler does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.expression import Executable

from chassis.errors import DependencyDown, Permanent, Retryable
from chassis.handler import Backoff, Deps, Unit, handles
from chassis.service import Components, Platform, Service
from chassis.storage.media import Media
from chassis.storage.tables import delivery_tables
from contracts.base import Command, Event, Problem, Ref

METADATA = sa.MetaData()
delivery_tables(METADATA)
effects_done = sa.Table(
    "effects_done", METADATA, sa.Column("key", sa.Text, nullable=False), sa.Column("by", sa.Text, nullable=False)
)


def _raising(code: str) -> Executable:
    return sa.text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")


#: what goes wrong in a handler's own statements, on the first run or each time
FAULTS: dict[str, Executable] = {
    "deadlock once": _raising("40P01"),
    "deadlock each time": _raising("40P01"),
    "lost once": _raising("57P01"),
    "slow statement once": _raising("57014"),
    "unique violation once": _raising("23505"),
    "unique violation each time": _raising("23505"),
    "check violation once": _raising("23514"),
    "too many parameters once": effects_done.insert().values([{"key": "many", "by": "test"}] * 16_384),
}


class Work(Command):
    """Has its handler do what `how` says."""

    type = "demo.work"
    key: str
    how: str = "ok"
    recording: Ref | None = None


class Worked(Event):
    type = "demo.worked"
    key: str


class Noted(Event):
    type = "demo.noted"
    key: str
    how: str = "ok"
    recording: Ref | None = None


@dataclass(frozen=True, kw_only=True)
class DemoDeps(Deps):
    """Holds dependencies that a test can inspect.

    `gate` holds work that waits; `runs` counts the tries of each key; `calls` those to the outside; `batches` the
    sizes of what came together.
    """

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    runs: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    media: Media | None = None


async def misbehave(how: str, runs: int, deps: DemoDeps) -> None:
    match how:
        case "wait":
            await deps.gate.wait()
        case "wait once" if runs == 1:
            await deps.gate.wait()
        case "hang once" if runs == 1:
            await asyncio.Event().wait()
        case "no network once" if runs == 1:
            raise ConnectionResetError("the far side's, not the database's")
        case "permanent":
            raise Permanent(Problem(type="/problems/demo", title="No"))
        case "nul in its problem":
            raise Permanent(Problem(type="/problems/demo", title="No", detail="quo\0ted"))
        case "retry once" if runs == 1:
            raise Retryable("once", after=0.05)
        case "always raises":
            raise ValueError("a defect")
        case "down once" if runs == 1:
            raise DependencyDown("far side", probe_after=0.05)


async def call(cmd: Work, deps: DemoDeps) -> dict[str, object]:
    """Calls the outside, where the first call is answered as `how` says."""
    deps.calls.append(cmd.key)
    if cmd.how == "call refused once" and deps.calls.count(cmd.key) == 1:
        raise Retryable("surely not done", after=0.05)
    return {"number": len(deps.calls)}


def set_timer(cmd: Work, unit: Unit) -> None:
    if cmd.how.startswith("schedule "):
        seconds = float(cmd.how.removeprefix("schedule "))
        unit.schedule(f"note {cmd.key}", timedelta(seconds=seconds), Noted(key=f"{cmd.key} later"))
    if cmd.how == "unschedule":
        unit.unschedule(f"note {cmd.key}")


@handles(Work, slots=2, timeout=60, retry=Backoff(attempts=3, first=0.05, cap=0.1))
async def work(cmd: Work, deps: DemoDeps) -> None:
    deps.runs.append(cmd.key)
    await misbehave(cmd.how, deps.runs.count(cmd.key), deps)
    if cmd.how == "read" and deps.media is not None and cmd.recording is not None:
        await deps.media.read(cmd.recording)
    if cmd.how.startswith("call"):
        await deps.effects.once("call", lambda: call(cmd, deps), "resend")
    if cmd.how == "say progress":
        await deps.progress({"heard": "something"})
    if cmd.how == "no unit":
        return
    if cmd.how == "swallow once" and deps.runs.count(cmd.key) == 1:
        with suppress(ValueError):
            async with deps.unit() as unit:
                await unit.execute(effects_done.insert().values(key=cmd.key, by="swallowed"))
                raise ValueError("nobody hears of it")
        return
    async with deps.unit() as unit:
        if cmd.how in FAULTS and (deps.runs.count(cmd.key) == 1 or cmd.how.endswith("each time")):
            await unit.execute(FAULTS[cmd.how])
        await unit.execute(effects_done.insert().values(key=cmd.key, by="work"))
        unit.emit(Worked(key=cmd.key))
        if cmd.how == "call in unit":
            await deps.effects.once("late", lambda: call(cmd, deps), "resend")
        set_timer(cmd, unit)
        if cmd.how == "says it twice":
            unit.emit(Worked(key=cmd.key), cause=cmd)
        if cmd.how == "raise in unit" and deps.runs.count(cmd.key) == 1:
            raise ValueError("after the rows")
    if cmd.how == "twice":
        async with deps.unit():
            pass


@handles(Noted, batch=10, timeout=60, retry=Backoff(attempts=3, first=0.05, cap=0.1))
async def note(events: Sequence[Noted], deps: DemoDeps, unit: Unit) -> None:
    deps.batches.append(len(events))
    deps.runs.extend(event.key for event in events)
    for event in events:
        await misbehave(event.how, deps.runs.count(event.key), deps)
        if event.how in FAULTS and deps.runs.count(event.key) == 1:
            await unit.execute(FAULTS[event.how])
        if event.how.startswith("passed over") and deps.runs.count(event.key) == 1:
            with suppress(DBAPIError):  # which has ended the transaction all the same
                await unit.execute(_raising("23503"))
            if event.how == "passed over once, says something":
                unit.emit(Worked(key=event.key), cause=event)
            continue
        await unit.execute(effects_done.insert().values(key=event.key, by="note"))
        unit.emit(Worked(key=event.key), cause=None if event.how == "no cause" else event)


def demo(deps: DemoDeps) -> Service:
    """Makes the service with dependencies that a test can inspect."""

    @asynccontextmanager
    async def open_demo(_kit: Platform) -> AsyncIterator[Components]:
        yield Components(deps=deps)

    return Service(
        name="demo",
        metadata=METADATA,
        migrations=Path(__file__).parent / "migrations",
        open=open_demo,
        handlers=(work, note),
        on_path=True,
    )
