"""Runs one service for many tests, and gives each of them its rows, media and events as the start had left them.

A start and a drain cost more than most tests of routes do. A service that a test stops, or that needs settings of its
own, is none to share: `chassis.conformance.owner_alone` runs it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from chassis.conformance import owner_alone
from chassis.service import Service
from chassis.storage.media import Media, open_media
from chassis.testing import Harness, until
from chassis.web.testing import Caller

#: a schema of the owner's, in which no role of a service has rights
_KEPT = "kept_rows"
#: how often a clean-up gives way to a loop of the service that holds the same rows
_TIMES = 5
#: how often in a row nothing may be under way before the rows of the start are taken for whole
_LOOKS = 5
#: tables that a service writes, each with the columns that can be inserted; partitions are reached by their parent
_TABLES = """
SELECT c.oid::regclass::text AS name, c.relname AS own,
       (SELECT string_agg(quote_ident(a.attname), ', ') FROM pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns
  FROM pg_class AS c
 WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND c.relname NOT LIKE 'alembic%'
 ORDER BY c.relname
"""


class SharedOwner:
    """Holds one running service. `shared_owner` makes it."""

    def __init__(self, harness: Harness, caller: Caller, media: Media, service: str) -> None:
        """Takes `caller`, who is anonymous."""
        self.harness = harness
        self.caller = caller
        self.media = media
        self._service = service
        self._restoring = ""
        self._files: frozenset[Path] = frozenset()

    async def keep(self) -> None:
        """Remembers the rows that there are and the names of media: `restore` leaves nothing else.

        It waits until what the start began is done, as timers that are due at once: no test would have it otherwise.
        """
        for _ in range(_LOOKS):  # between two places a message can be in neither
            await until(self._rests, what="rest after the start")
        statements = ["SET LOCAL session_replication_role = replica"]  # neither triggers nor foreign keys
        connection = await asyncpg.connect(self.harness.database_url)
        try:
            await connection.execute(f"CREATE SCHEMA {_KEPT}")
            for table in await connection.fetch(_TABLES, self._service):
                statements.append(f"DELETE FROM {table['name']}")
                if await connection.fetchval(f"SELECT EXISTS (SELECT FROM {table['name']})"):
                    kept = f'{_KEPT}."{table["own"]}"'
                    await connection.execute(f"CREATE TABLE {kept} AS TABLE {table['name']}")
                    statements.append(
                        f"INSERT INTO {table['name']} ({table['columns']}) OVERRIDING SYSTEM VALUE"
                        f" SELECT {table['columns']} FROM {kept}"
                    )
        finally:
            await connection.close()
        self._restoring = "; ".join(statements)
        self._files = self._found()

    async def restore(self) -> None:
        """Waits until no message is under way, puts rows back as they were, and removes media and events of since."""
        await until(self._all_stored, what="the storing of what was published")
        await self.harness.until_settled(self._service)
        connection = await asyncpg.connect(self.harness.database_url)
        try:
            for time in range(_TIMES):
                try:
                    async with connection.transaction():
                        await connection.execute(self._restoring)
                    break
                except asyncpg.DeadlockDetectedError:
                    if time == _TIMES - 1:
                        raise
        finally:
            await connection.close()
        for file in self._found() - self._files:
            file.unlink(missing_ok=True)
        self.harness.forget()

    async def _rests(self) -> bool:
        [[due]] = await self.harness.rows(self._service, "SELECT count(*) FROM timers WHERE due_at <= now()")
        await self.harness.until_settled(self._service)
        return bool(due == 0 and await self._all_stored())

    async def _all_stored(self) -> bool:
        return not self.harness.bus.in_memory_ids()

    def _found(self) -> frozenset[Path]:
        folder = self.media.folder
        return frozenset() if folder is None else frozenset(each for each in folder.rglob("*") if each.is_file())


@asynccontextmanager
async def shared_owner(service: Service, server_url: str, folder: Path) -> AsyncIterator[SharedOwner]:
    """Runs one service on a new database, a bus in memory and media in a folder."""
    media = open_media(None, folder)
    async with owner_alone(service, server_url, media) as (harness, caller):
        shared = SharedOwner(harness, caller, media, service.name)
        await shared.keep()
        yield shared
