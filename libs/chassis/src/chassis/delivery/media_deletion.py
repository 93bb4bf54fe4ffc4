"""Deletes media whose deletion a settlement asked for. The request stays until the object is deleted."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from chassis.delivery import statements
from chassis.handler import Rows
from chassis.loops import every
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.media import Media

_ROWS = 100
_ASK = sa.text(
    "INSERT INTO media_deletions (ref) SELECT unnest(CAST(:refs AS text[])) ON CONFLICT (ref) DO NOTHING"
).bindparams(sa.bindparam("refs", type_=ARRAY(sa.Text())))

_log = logger(__name__)


async def ask_deletion(rows: Rows, refs: Sequence[str]) -> None:
    """Asks for the deletion of objects that belong to no job's message, in the transaction that ends their use."""
    if refs:
        await rows.execute(_ASK, {"refs": sorted(set(refs))})


class MediaDeleter:
    """Works through one service's `media_deletions`."""

    def __init__(self, service: str, database: Database, media: Media, pulse: Pulse, every: float = 1.0) -> None:
        """Takes `every`, the seconds between looks for due requests."""
        self._service = service
        self._database = database
        self._media = media
        self._pulse = pulse
        self._every = every

    async def delete_due(self) -> int:
        """Deletes due objects, then records it; a crash between the two repeats a deletion, which is harmless.

        Returns how many were deleted. An object that cannot be deleted now is tried again after all others.
        """
        refs = [row.ref for row in await self._database.fetch(statements.MEDIA_DELETIONS_DUE, _ROWS)]
        deleted = [ref for ref in refs if await self._delete(ref)]
        if refs:
            await self._database.fetch(statements.MEDIA_TRIED, refs, deleted)
            metrics.MEDIA_DELETED.labels(self._service).inc(len(deleted))
        return len(deleted)

    async def _delete(self, ref: str) -> bool:
        try:
            await self._media.delete([ref])
        except Exception as error:
            _log.warning("an object is not deleted yet", service=self._service, exc_info=error)
            return False
        finally:
            self._pulse.rest()  # a store that does not answer takes long for each of them
        return True

    async def run(self) -> None:
        """Deletes due objects until cancelled."""
        await every(self._every, self._erase_all, self._pulse)

    async def _erase_all(self) -> None:
        while await self.delete_due() == _ROWS:
            self._pulse.beat()
