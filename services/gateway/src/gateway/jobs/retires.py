"""Deletes what the gateway keeps otherwise than in rows, when its time is over: recordings, and weeks of the log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.delivery.media_deletion import ask_deletion
from chassis.delivery.retention import Deleted
from chassis.errors import DependencyDown
from chassis.privacy.consents import Consents
from chassis.storage.database import Database, Transaction
from chassis.storage.media import Media
from chassis.storage.partitions import drop_old, first_id, partitions_of
from chassis.web.upload import UPLOADS
from gateway.consents import kept_recordings
from gateway.jobs import statements
from gateway.jobs.recordings import RECORDINGS, job_of_recording

_ROWS = 1_000
_WEEK = timedelta(days=7)
#: longer than a request may take
_OLD = timedelta(hours=2)


class Recordings:
    """Marks recordings of no open job: whoever deletes media deletes them, and they are counted once they are gone."""

    def __init__(self, database: Database, media: Media) -> None:
        self._database = database
        self._media = media

    async def oldest(self) -> datetime | None:
        """Returns when the oldest recording was written."""
        return await self._media.oldest(RECORDINGS)

    async def delete(self, until: datetime) -> Deleted:
        """Marks the recordings that were written by then and whose job does not exist or has ended."""
        page: list[str] = []
        async for key in self._media.older_than(RECORDINGS, until):
            page.append(key)
            if len(page) == _ROWS:
                await self._mark(page)
                page = []
        await self._mark(page)
        return Deleted()

    async def _mark(self, keys: Sequence[str]) -> None:
        jobs = {key: job_of_recording(key) for key in keys}
        wanted = [job_id for job_id in jobs.values() if job_id is not None]
        still_open = {row.id for row in await self._database.fetch(statements.READ_OPEN, wanted)} if wanted else set()
        due = [(key, jobs[key]) for key in sorted(jobs) if jobs[key] not in still_open]
        if due:
            await self._database.fetch(statements.MARK_MEDIA, [key for key, _ in due], [job for _, job in due])


class KeptRecordings:
    """Marks recordings that were kept long enough, or whose person has not agreed to that any more.

    A consent that is taken back takes them along at once; this finds those that have ended otherwise, and what killed
    requests have left.
    """

    def __init__(self, database: Database, media: Media, consents: Consents) -> None:
        self._database = database
        self._media = media
        self._consents = consents

    async def oldest(self) -> datetime | None:
        """Returns when the oldest recording was kept."""
        return await kept_recordings.oldest(self._database)

    async def delete(self, until: datetime) -> Deleted:
        """Marks what was kept by then, what nobody agrees to any more, and files older than two hours without a row."""
        while True:
            async with self._database.transaction() as tx:
                if await kept_recordings.delete_old(tx, until, _ROWS) < _ROWS:
                    break
        last = UUID(int=0)
        while persons := await kept_recordings.persons_after(self._database, last, _ROWS):
            last = persons[-1]
            if ended := await self._who_agree_no_more(persons):
                async with self._database.transaction() as tx:
                    await kept_recordings.forget(tx, ended)
        page: list[str] = []
        async for key in self._media.older_than(kept_recordings.FOLDER, datetime.now(UTC) - _OLD):
            page.append(key)
            if len(page) == _ROWS:
                await self._mark_leftovers(page)
                page = []
        await self._mark_leftovers(page)
        return Deleted()

    async def _who_agree_no_more(self, persons: Sequence[UUID]) -> list[UUID]:
        """Returns those whose recordings may not be kept any more; nobody while the store of consents is away."""
        purpose, recipient = kept_recordings.KEEP
        try:
            allowed = await self._consents.allowed(persons, purpose)
        except DependencyDown:
            return []
        return [person for person in persons if recipient not in allowed[person]]

    async def _mark_leftovers(self, keys: Sequence[str]) -> None:
        attempts = {key: kept_recordings.attempt_of(key) for key in keys}
        there = await kept_recordings.there(self._database, [each for each in attempts.values() if each is not None])
        async with self._database.transaction() as tx:
            await ask_deletion(tx, [key for key in keys if attempts[key] not in there])


class UploadedFiles:
    """Deletes the files that were sent for other services' operations, which have read them by then."""

    def __init__(self, media: Media) -> None:
        self._media = media

    async def oldest(self) -> datetime | None:
        """Returns when the oldest file was written."""
        return await self._media.oldest(UPLOADS)

    async def delete(self, until: datetime) -> Deleted:
        """Deletes the files that were written by then."""
        oldest = await self.oldest()
        keys = [key async for key in self._media.older_than(UPLOADS, until)]
        await self._media.delete(keys)
        return Deleted(len(keys), oldest if keys else None)


class LogWeeks:
    """Drops whole weeks of the log, once none of their jobs is left."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def oldest(self) -> datetime | None:
        """Returns the end of the oldest week: until then rows came into it."""
        weeks = await partitions_of(self._database, "log")
        filled = [monday for monday, name in sorted(weeks.items()) if await self._count(name, limit=1)]
        return None if not filled else filled[0] + _WEEK

    async def delete(self, until: datetime) -> Deleted:
        """Drops the weeks that had ended by then."""
        weeks = await partitions_of(self._database, "log")
        # counted before the lock, which others wait for: nothing comes into such an old week any more
        counts = {name: await self._count(name) for monday, name in weeks.items() if monday + _WEEK <= until}
        dropped = await drop_old(self._database, "log", until, _may_drop)
        mondays = {name: monday for monday, name in weeks.items()}
        return Deleted(
            sum(counts.get(name, 0) for name in dropped), min((mondays[name] for name in dropped), default=None)
        )

    async def _count(self, partition: str, limit: int | None = None) -> int:
        some = "" if limit is None else f" LIMIT {limit}"
        [[items]] = await self._database.fetch(f"SELECT count(*) FROM (SELECT FROM {partition}{some}) AS counted")
        return int(items)


async def _may_drop(tx: Transaction, partition: str) -> bool:
    """Tells whether no job is left whose stream is in a week: an attempt is read from both."""
    monday = datetime.strptime(partition.removeprefix("log_"), "%Y%m%d").replace(tzinfo=UTC)
    [[left]] = await tx.fetch(
        "SELECT EXISTS (SELECT FROM jobs WHERE id >= $1::uuid AND id < $2::uuid)", *_bounds(monday)
    )
    return not left


def _bounds(monday: datetime) -> tuple[UUID, UUID]:
    return first_id(monday), first_id(monday + _WEEK)
