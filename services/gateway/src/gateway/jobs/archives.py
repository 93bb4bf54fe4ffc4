"""Deletes the archives of exports when their time is over, and what killed tries have left."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from chassis.delivery.inbox import delete_media
from chassis.delivery.retention import Deleted
from chassis.storage.database import Database
from chassis.storage.media import Media
from gateway.jobs import exports

#: archives in one transaction, each of which may have hundreds of pieces; files that are asked about at once
_ARCHIVES, _FILES = 20, 1_000
#: longer than an export may take
_OLD = timedelta(hours=2)


class Archives:
    """Marks files that nobody may fetch any more: whoever deletes media deletes them, and they are counted then."""

    def __init__(self, database: Database, media: Media, kept: timedelta) -> None:
        """Takes how long an archive is kept."""
        self._database = database
        self._media = media
        self._kept = kept

    async def oldest(self) -> datetime | None:
        """Returns when the oldest archive was made."""
        return await exports.oldest(self._database, self._kept)

    async def delete(self, until: datetime) -> Deleted:
        """Marks the archives that were made by then, and files older than two hours that nothing refers to."""
        while True:
            async with self._database.transaction() as tx:
                keys = await exports.empty(tx, until, self._kept, _ARCHIVES)
                await delete_media(tx, keys, None)
            if not keys:
                break
        page: list[str] = []
        async for key in self._media.older_than(exports.FOLDER, datetime.now(UTC) - _OLD):
            page.append(key)
            if len(page) == _FILES:
                await self._mark_leftovers(page)
                page = []
        await self._mark_leftovers(page)
        return Deleted()

    async def _mark_leftovers(self, keys: Sequence[str]) -> None:
        ids = {id for key in keys if (id := exports.of_file(key)) is not None}
        wanted = await exports.wanted(self._database, ids) if ids else {}
        async with self._database.transaction() as tx:
            await delete_media(tx, [key for key in keys if not exports.is_wanted(key, wanted)], None)
