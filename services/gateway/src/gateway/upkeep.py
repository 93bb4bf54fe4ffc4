"""What every gateway does by the clock: deadlines each second; hourly, leftovers and partitions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.media import Media
from chassis.storage.partitions import ensure_partitions
from gateway import statements
from gateway.ending import OVERDUE_BATCH, Endings
from gateway.recordings import RECORDINGS, job_of_recording

_DEADLINES_EVERY_S = 1.0
_HOURLY_S = 3600.0
_AGAIN_S = 30.0
_BEAT_EVERY_S = 5.0
_OLD = timedelta(hours=1)
_ROWS = 1_000

_log = logger(__name__)


async def watch_deadlines(endings: Endings, pulse: Pulse) -> None:
    """Until cancelled: fail jobs whose deadline has passed."""
    while True:
        try:
            while await endings.end_overdue() == OVERDUE_BATCH:
                pulse.beat()
            pulse.beat()
        except Exception as error:
            pulse.pause("database")
            _log.warning("deadlines not looked at", error=type(error).__name__)
        await asyncio.sleep(random.uniform(0.7, 1.3) * _DEADLINES_EVERY_S)


class Sweep:
    """The hourly round."""

    def __init__(self, database: Database, media: Media, pulse: Pulse) -> None:
        self._database = database
        self._media = media
        self._pulse = pulse

    async def run(self) -> None:
        """Until cancelled, the first time at once. A task that fails is tried again soon; the others go on."""
        tasks: tuple[Callable[[], Awaitable[object]], ...] = (
            self.make_partitions,
            self.delete_orphans,
            self.delete_expired_keys,
            self.delete_expired_tickets,
            self.forget_turns,
        )
        while True:
            failed = False
            for task in tasks:
                try:
                    await task()
                except Exception as error:
                    failed = True
                    _log.warning("upkeep failed", task=task.__name__, error=type(error).__name__)
            await self._rest(_AGAIN_S if failed else _HOURLY_S)

    async def make_partitions(self) -> list[str]:
        """Partitions of the log for the weeks to come; none of them is ever dropped."""
        return await ensure_partitions(self._database, "log", key="stream_id")

    async def delete_orphans(self) -> int:
        """Delete recordings older than an hour whose job does not exist or has ended; returns how many."""
        deleted = 0
        page: list[str] = []
        async for key in self._media.older_than(RECORDINGS, datetime.now(UTC) - _OLD):
            page.append(key)
            if len(page) == _ROWS:
                deleted += await self._delete_unknown(page)
                page = []
        return deleted + await self._delete_unknown(page)

    async def delete_expired_keys(self) -> int:
        """Forget idempotency keys that have expired; returns how many."""
        deleted = 0
        while rows := await self._database.fetch(statements.DELETE_EXPIRED_KEYS, _ROWS):
            deleted += len(rows)
        return deleted

    async def delete_expired_tickets(self) -> int:
        """Forget tickets that nobody used in time; returns how many."""
        deleted = 0
        while rows := await self._database.fetch(statements.DELETE_EXPIRED_TICKETS, _ROWS):
            deleted += len(rows)
        return deleted

    async def forget_turns(self) -> None:
        """Forget the last turn of persons whom the current turn has passed."""
        await self._database.fetch(statements.FORGET_TURNS)

    async def _delete_unknown(self, keys: Sequence[str]) -> int:
        jobs = {key: job_of_recording(key) for key in keys}
        wanted = [job_id for job_id in jobs.values() if job_id is not None]
        still_open = {row.id for row in await self._database.fetch(statements.READ_OPEN, wanted)} if wanted else set()
        unknown = [key for key, job_id in jobs.items() if job_id not in still_open]
        await self._media.delete(unknown)
        metrics.MEDIA_DELETED.labels("gateway").inc(len(unknown))
        return len(unknown)

    async def _rest(self, seconds: float) -> None:
        for _ in range(int(seconds / _BEAT_EVERY_S)):
            self._pulse.beat()
            await asyncio.sleep(_BEAT_EVERY_S)
