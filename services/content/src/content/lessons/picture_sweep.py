"""Deletes pictures of lessons that no revision names, as those of an import that was rolled back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from chassis.delivery.statements import KEEP_MEDIA
from chassis.handler import Rows
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from chassis.storage.media import Media
from content.lessons.draft import PREFIX
from content.lessons.keep_pictures import sweeping
from content.lessons.tables import revisions

_EVERY_S = 3600.0
#: no transaction that has stored a picture is open for so long
_AFTER = timedelta(days=1)
_BATCH = 200
_FREE = sa.select(sa.func.pg_try_advisory_xact_lock_shared(KEEP_MEDIA))


class PictureSweep:
    """Looks for them each hour. A picture that is stored again meanwhile waits for the look, or makes it wait."""

    def __init__(self, database: Database, media: Media, after: timedelta = _AFTER) -> None:
        self._database = database
        self._media = media
        self._after = after

    async def run(self, pulse: Pulse) -> None:
        """Looks again and again, until it is cancelled."""
        await every(_EVERY_S, self.once, pulse, jitter=0.2)

    async def once(self) -> int:
        """Deletes what nothing names; returns how much. While a backup copies media nothing is deleted."""
        moment, deleted, some = datetime.now(UTC) - self._after, 0, list[str]()
        async for key in self._media.older_than(PREFIX, moment):
            some.append(key)
            if len(some) == _BATCH:
                deleted += await self._delete(some)
                some = []
        return deleted + (await self._delete(some) if some else 0)

    async def _delete(self, keys: Collection[str]) -> int:
        async with self._database.transaction() as tx:
            await tx.execute(sweeping(alone=True))
            if not (await tx.execute(_FREE)).scalar():
                return 0
            named = await _named(tx, keys)
            gone = sorted(key for key in keys if key not in named)
            await self._media.delete(gone)
        return len(gone)


async def _named(rows: Rows, keys: Collection[str]) -> set[str]:
    """Returns those of some keys that are of a picture of any revision."""
    each = sa.func.jsonb_array_elements(revisions.c.pictures).table_valued("value").render_derived()
    key = sa.literal(f"{PREFIX}/").concat(each.c.value.op("->>")("sha256"))
    found = sa.select(key).select_from(revisions.join(each, sa.true())).where(key.in_(keys)).distinct()
    return set((await rows.execute(found)).scalars())
