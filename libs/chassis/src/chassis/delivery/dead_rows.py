"""Takes the dead rows of an erasure out of the tables' files, and knows whether any could have been left there.

A vacuum leaves rows in place, and one that writes a table anew copies them, while any transaction might still see them.
So it is done once the horizon has passed them: no transaction is open that began before they were deleted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from sqlalchemy.exc import DBAPIError

from chassis.delivery import erasure_statements
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.pooler import Address
from chassis.storage.database import Database, open_pool
from chassis.storage.errors import is_outage

T = TypeVar("T")

#: bytes with its indexes up to which a table is written anew: that is done in a moment, and nobody waits long for it
_SMALL = 16 * 1024 * 1024
#: time to wait for a table; seconds until a vacuum of a large one is given up
_WAIT, _VACUUM_WITHIN = "2s", 1800.0
#: rests after a round, as a multiple of what it took, and at most in seconds: tables are locked little of the time
_REST_FACTOR, _REST_MAX_S = 10.0, 60.0
#: seconds between signs of life
_ALIVE_EVERY_S = 5.0

_log = logger(__name__)


class DeadRows:
    """Vacuums the tables of one service that may have had rows about a person."""

    def __init__(
        self,
        service: str,
        database: Database,
        pulse: Pulse,
        *,
        url: str,
        tables: Sequence[str],
        rest_factor: float = _REST_FACTOR,
    ) -> None:
        """Takes the `url` of the database without a transaction pooler, for the vacuum alone."""
        self._rest_factor = rest_factor
        self._service = service
        self._database = database
        self._pulse = pulse
        self._url = url
        self._tables = tables
        self._rests_until = 0.0

    async def mark(self) -> int:
        """Returns a moment, as a number of the next transaction: what was deleted before is dead below it."""
        [[mark]] = await self._database.fetch(erasure_statements.NEXT_TRANSACTION)
        return cast(int, mark)

    async def horizon(self) -> tuple[int, str]:
        """Returns the moment before which no open transaction has begun, and who holds it back.

        The oldest transaction that writes is asked for first: what begins to read afterwards sees nothing older than
        that, and whoever has begun before is still listed by the second statement.
        """
        [[writes]] = await self._database.fetch(erasure_statements.OLDEST_WRITER)
        [held] = await self._database.fetch(erasure_statements.OLDEST_HOLDER)
        return min(writes, held.horizon), held.holder or "a transaction that has just ended"

    async def vacuum(self, tables: Sequence[str] | None = None) -> list[str] | None:
        """Vacuums; returns the tables that could not be had. None: not now, it is another's turn or too early.

        A small table is written anew: a vacuum alone leaves the bytes of a row where they were until others need the
        room. Unless `tables` says which, all are that may have such rows, also those of which the erasure has deleted
        none: the person may have deleted theirs before, and a transaction that failed has left its rows as well.
        """
        if Address.of(self._url).pooler == "transaction":
            _log.warning(
                "no table is vacuumed after rows of people were deleted: the database's pooler cannot",
                service=self._service,
            )
            return []
        if time.monotonic() < self._rests_until:
            return None
        began = time.monotonic()
        async with self._connected() as database:
            [[mine]] = await database.fetch(erasure_statements.TRY_VACUUM_LOCK)  # it ends with the connection
            if not mine:
                return None
            sizes = await database.fetch(
                erasure_statements.TABLE_SIZES, [*(self._tables if tables is None else tables)]
            )
            refused = [row.name for row in sizes if not await self._alive(self._vacuum(database, row.name, row.bytes))]
        took = time.monotonic() - began
        self._rests_until = time.monotonic() + min(_REST_MAX_S, self._rest_factor * took)
        return refused

    @asynccontextmanager
    async def _connected(self) -> Any:
        settings = {
            "role": f"voxbus_{self._service}",
            "search_path": self._service,
            "application_name": f"voxbus-{self._service}-vacuum",
            "lock_timeout": _WAIT,
            "statement_timeout": "0",
        }
        database = open_pool(self._url, settings, size=1, answer_within=_VACUUM_WITHIN)
        try:
            yield database
        finally:
            await database.close()

    async def _vacuum(self, database: Database, table: str, size: int) -> bool:
        options = "FULL, ANALYZE" if size <= _SMALL else "ANALYZE"
        try:
            await database.fetch(f"VACUUM ({options}) {table}")
        except DBAPIError as error:
            if is_outage(error):
                raise
            _log.info("a table cannot be vacuumed now", table=f"{self._service}.{table}", error=str(error.orig))
            return False
        return True

    async def _alive(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for work that takes long, with signs of life."""
        task = asyncio.create_task(work)
        try:
            while not task.done():
                self._pulse.rest()
                await asyncio.wait({task}, timeout=_ALIVE_EVERY_S)
            return task.result()
        finally:
            task.cancel()
