"""Declares every queue as an operator asks, with a row of that in the audit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from chassis.bus.base import TopologyChanged
from chassis.console import notify_operator
from chassis.settings import Settings
from contracts.base import Json
from gateway.jobs.operator_acts import OperatorAct, Outcome
from voxbus.local.reach import has_database, reach_database
from voxbus.operator import at_the_command_line, note
from voxbus.topology import apply_topology


async def apply_by_operator(settings: Settings, reason: str | None, told: Callable[[Json], None]) -> bool:
    """Declares every queue, as an operator asks: with a row of that where there is a database."""
    async with _database_of(settings) as url:
        given = settings.model_copy(update={"database_url": url})
        act = OperatorAct(act="topology_applied", by=at_the_command_line(), reason=reason)
        try:
            made = await apply_topology(given)
        except TopologyChanged as error:
            await _note(url, act, {"changed": error.queue}, "failed")
            raise
        await _note(url, act, {"made": made}, "done" if made else "unchanged")
    notify_operator("every queue is declared" if made else "every queue was declared before")
    told({"made": made, "result": "done" if made else "unchanged"})
    return True


@asynccontextmanager
async def _database_of(settings: Settings) -> AsyncIterator[str | None]:
    """Provides the database of an installation, None where it has none yet."""
    if has_database(settings):
        async with reach_database(settings) as url:
            yield url
    else:
        notify_operator("no database is named: this is written to no audit")
        yield None


async def _note(url: str | None, act: OperatorAct, detail: Mapping[str, object], outcome: Outcome) -> None:
    if url is not None:
        await note(url, replace(act, detail=detail), outcome)
