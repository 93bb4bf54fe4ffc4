"""Runs the timed work of every gateway: deadlines each second; leftovers and partitions each hour."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse, Watchdog
from chassis.storage.database import Database
from chassis.storage.media import Media
from chassis.storage.partitions import ensure_partitions
from gateway.jobs import statements
from gateway.jobs.end_jobs import OVERDUE_BATCH, Endings
from gateway.jobs.erasure_statements import DELETE_OLD, RECEIPT_DAYS
from gateway.jobs.recordings import RECORDINGS, job_of_recording

_DEADLINES_EVERY_S = 1.0
_HOURLY_S = 3600.0
_AGAIN_S = 30.0
_OLD = timedelta(hours=1)
_ROWS = 1_000


async def watch_deadlines(endings: Endings, pulse: Pulse) -> None:
    """Fails jobs whose deadline has passed, until cancelled."""

    async def end_all() -> None:
        while await endings.end_overdue() == OVERDUE_BATCH:
            pulse.beat()

    await every(_DEADLINES_EVERY_S, end_all, pulse, jitter=0.3)


class Sweep:
    """Runs the hourly tasks."""

    def __init__(self, database: Database, media: Media) -> None:
        self._database = database
        self._media = media

    async def run(self, watchdog: Watchdog) -> None:
        """Does each task every hour until cancelled. A failed task is tried again soon; the others go on."""
        tasks: tuple[Callable[[], Awaitable[object]], ...] = (
            self.make_partitions,
            self.delete_orphans,
            self.delete_expired_keys,
            self.delete_expired_tickets,
            self.delete_expired_links,
            self.delete_expired_invitations,
            self.delete_expired_sign_ins,
            self.delete_old_sessions,
            self.delete_old_revocations,
            self.forget_networks,
            self.delete_old_security_events,
            self.delete_old_erasures,
            self.forget_turns,
        )
        async with asyncio.TaskGroup() as loops:
            for task in tasks:
                pulse = watchdog.pulse(f"gateway.{task.__name__}")
                loops.create_task(every(_HOURLY_S, task, pulse, again=_AGAIN_S))

    async def make_partitions(self) -> list[str]:
        """Makes partitions of the log for the next weeks; none is ever dropped."""
        return await ensure_partitions(self._database, "log", key="stream_id")

    async def delete_orphans(self) -> int:
        """Deletes recordings older than an hour whose job does not exist or has ended; returns how many."""
        deleted = 0
        page: list[str] = []
        async for key in self._media.older_than(RECORDINGS, datetime.now(UTC) - _OLD):
            page.append(key)
            if len(page) == _ROWS:
                deleted += await self._delete_unknown(page)
                page = []
        return deleted + await self._delete_unknown(page)

    async def delete_expired_keys(self) -> int:
        """Deletes expired idempotency keys, of jobs and of other writes; returns how many."""
        return await self._all_of(statements.DELETE_EXPIRED_KEYS) + await self._all_of(
            statements.DELETE_EXPIRED_RECORDS
        )

    async def delete_expired_tickets(self) -> int:
        """Deletes expired tickets; returns how many."""
        return await self._all_of(statements.DELETE_EXPIRED_TICKETS)

    async def delete_expired_links(self) -> int:
        """Deletes mailed links that nobody has used in time, which hold an address; returns how many."""
        return await self._all_of(statements.DELETE_EXPIRED_LINKS)

    async def delete_expired_invitations(self) -> int:
        """Deletes the addresses of guardians-to-be who have not answered for 14 days; returns how many."""
        return await self._all_of(statements.DELETE_EXPIRED_INVITATIONS)

    async def delete_expired_sign_ins(self) -> int:
        """Deletes sign-ins at other issuers from which nobody has come back in time; returns how many."""
        return await self._all_of(statements.DELETE_EXPIRED_STATES) + await self._all_of(
            statements.DELETE_EXPIRED_CODES
        )

    async def delete_old_sessions(self) -> int:
        """Deletes sessions 30 days after their end; returns how many."""
        return await self._all_of(statements.DELETE_OLD_SESSIONS)

    async def forget_networks(self) -> int:
        """Forgets after 30 days which network a security event came from; returns of how many."""
        return await self._all_of(statements.FORGET_NETWORKS)

    async def delete_old_security_events(self) -> int:
        """Deletes security events after 400 days, except the one that knows the key in use; returns how many."""
        return await self._all_of(statements.DELETE_OLD_SECURITY_EVENTS)

    async def delete_old_erasures(self) -> int:
        """Deletes completed erasures after 400 days, when their receipts show nothing any more; returns how many."""
        deleted = 0
        while rows := await self._database.fetch(DELETE_OLD, RECEIPT_DAYS, _ROWS):
            deleted += len(rows)
        return deleted

    async def _all_of(self, statement: str) -> int:
        """Repeats a statement that changes `_ROWS` at a time, and returns how many it has changed."""
        changed = 0
        while rows := await self._database.fetch(statement, _ROWS):
            changed += len(rows)
        return changed

    async def delete_old_revocations(self) -> int:
        """Deletes what says for long enough that a token is refused; returns how many."""
        return await self._all_of(statements.DELETE_OLD_REVOCATIONS)

    async def forget_turns(self) -> None:
        """Deletes the last turn of persons whom the current turn has passed."""
        await self._database.fetch(statements.FORGET_TURNS)

    async def _delete_unknown(self, keys: Sequence[str]) -> int:
        jobs = {key: job_of_recording(key) for key in keys}
        wanted = [job_id for job_id in jobs.values() if job_id is not None]
        still_open = {row.id for row in await self._database.fetch(statements.READ_OPEN, wanted)} if wanted else set()
        unknown = [key for key, job_id in jobs.items() if job_id not in still_open]
        await self._media.delete(unknown)
        metrics.MEDIA_DELETED.labels("gateway").inc(len(unknown))
        return len(unknown)
