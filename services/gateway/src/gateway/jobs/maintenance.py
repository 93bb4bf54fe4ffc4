"""Runs the timed work of every gateway: deadlines each second; partitions and turns each hour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial

from chassis.loops import every
from chassis.observe.health import Pulse, Watchdog
from chassis.storage.database import Database
from chassis.storage.partitions import database_now, ensure_partitions
from gateway.jobs import statements
from gateway.jobs.end_jobs import OVERDUE_BATCH, Endings

_DEADLINES_EVERY_S = 1.0
_HOURLY_S = 3600.0
_AGAIN_S = 30.0


async def watch_deadlines(endings: Endings, pulse: Pulse) -> None:
    """Fails jobs whose deadline has passed, until cancelled."""

    async def end_all() -> None:
        while await endings.end_overdue() == OVERDUE_BATCH:
            pulse.beat()

    await every(_DEADLINES_EVERY_S, end_all, pulse, jitter=0.3)


class Sweep:
    """Runs the hourly tasks."""

    def __init__(self, database: Database, now: Callable[[], Awaitable[datetime]] | None = None) -> None:
        """Takes `now`, which gives the moment to judge by; by default it is the database's."""
        self._database = database
        self._now = now or partial(database_now, database)

    async def run(self, watchdog: Watchdog) -> None:
        """Does each task every hour until cancelled. A failed task is tried again soon; the others go on."""
        tasks: tuple[Callable[[], Awaitable[object]], ...] = (
            self.make_partitions,
            self.forget_turns,
        )
        async with asyncio.TaskGroup() as loops:
            for task in tasks:
                pulse = watchdog.pulse(f"gateway.{task.__name__}")
                loops.create_task(every(_HOURLY_S, task, pulse, again=_AGAIN_S))

    async def make_partitions(self) -> list[str]:
        """Makes partitions of the log for the next weeks. The worker of retention drops the old ones."""
        return await ensure_partitions(self._database, "log", key="stream_id", now=await self._now())

    async def forget_turns(self) -> None:
        """Deletes the last turn of persons whom the current turn has passed."""
        await self._database.fetch(statements.FORGET_TURNS)
