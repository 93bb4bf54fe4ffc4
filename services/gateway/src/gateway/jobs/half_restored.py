"""Marks a database while a restore fills it, so that nothing serves what is not whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.errors import VoxbusError
from chassis.storage.database import Database
from chassis.storage.statement import Repeatable

#: a schema, since a restore replaces all others; every role sees that it is there
_MARK = "voxbus_restore"
_IS_MARKED = Repeatable(f"SELECT to_regnamespace('{_MARK}') IS NOT NULL AS marked")


class HalfRestored(VoxbusError):
    """Reports a database whose restore has not ended."""

    def __init__(self) -> None:
        super().__init__(
            "A restore of this database has not ended, so it is not whole: voxbus restore --from PLACE --force"
        )


async def is_half_restored(database: Database) -> bool:
    """Tells whether a restore has begun to fill the database and has not ended."""
    [row] = await database.fetch(_IS_MARKED)
    return bool(row.marked)


async def refuse_half_restored(database: Database) -> None:
    """Raises `HalfRestored`."""
    if await is_half_restored(database):
        raise HalfRestored


@asynccontextmanager
async def marked(owner: Database) -> AsyncIterator[None]:
    """Marks the database for the block; where that is ended by an error or a kill, the mark stays."""
    await owner.fetch(f"CREATE SCHEMA IF NOT EXISTS {_MARK}")
    yield
    await owner.fetch(f"DROP SCHEMA {_MARK}")
