"""Postgres: one engine per service, each acting in its own role and schema."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine import Result
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.sql.expression import Executable

from chassis.errors import VoxbusError

#: serialization failure, deadlock, unique violation: redo the whole batch, spend no try. And the check violation of a
#: row that was on its way to the default partition while its own was attached: the second time it finds its place
_REDO = frozenset({"40001", "40P01", "23505", "23514"})
#: a statement took longer than it may
_TOOK_TOO_LONG = "57014"


class DatabaseAway(VoxbusError):
    """No connection to the database could be had."""


class Transaction:
    """An open transaction. Services speak SQLAlchemy Core to it; the chassis's constant statements go as text."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Run a Core statement, or executemany when `parameters` is a list."""
        return await self._connection.execute(statement, parameters)

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Run a constant statement with `$1`-style parameters and return its rows (none for a plain write)."""
        result = await self._connection.exec_driver_sql(statement, parameters)
        return result.fetchall() if result.returns_rows else []


class Database:
    """A pool of connections that act as `voxbus_<service>` in the service's own schema."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Commit at the end, roll back on an error. READ COMMITTED."""
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(self._engine.begin())
            except (OSError, TimeoutError, PoolTimeoutError) as error:
                raise DatabaseAway(type(error).__name__) from error
            yield Transaction(connection)

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """One constant statement in a transaction of its own."""
        async with self.transaction() as tx:
            return await tx.fetch(statement, *parameters)

    async def close(self) -> None:
        """Close the pool."""
        await self._engine.dispose()


def open_database(url: str, service: str, *, size: int = 10) -> Database:
    """Connect lazily as a service. `url` is the owner's DSN or the service's own; both end in the service's role."""
    settings = {
        "role": f"voxbus_{service}",
        "search_path": f"{service},api",
        "application_name": f"voxbus-{service}",
        "timezone": "UTC",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
    }
    engine = create_async_engine(
        driver_url(url),
        pool_size=size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"server_settings": settings, "timeout": 10, "command_timeout": 40},
    )
    return Database(engine)


def driver_url(url: str) -> str:
    """A DSN as SQLAlchemy wants it. Not taken apart: `postgresql:///name?host=/folder` has no host to put back."""
    return f"postgresql+asyncpg://{url.partition('://')[2]}"


def may_redo(error: BaseException) -> bool:
    """Whether the whole batch may simply be done again: deadlock, serialization failure, unique or check violation."""
    return isinstance(error, DBAPIError) and sqlstate(error) in _REDO


def sqlstate(error: DBAPIError) -> str | None:
    """The five characters of the server's error, if it was the server's."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)


def is_outage(error: BaseException) -> bool:
    """Whether the database did not answer (lost, shutting down, no slot): then a commit's outcome is unknown."""
    if isinstance(error, DBAPIError):
        state = sqlstate(error)
        return error.connection_invalidated or state is None or state[:2] in {"08", "57", "53"}
    return isinstance(error, (DatabaseAway, OSError, TimeoutError))


def is_databases_fault(error: BaseException) -> bool:
    """Whether an error that came out of a handler is the database's doing: then it is no failed try.

    What a handler does by itself, a network call or a statement that takes too long, may look like an outage.
    """
    if isinstance(error, DBAPIError) and sqlstate(error) == _TOOK_TOO_LONG:
        return False
    return isinstance(error, (DatabaseAway, SQLAlchemyError)) and (is_outage(error) or may_redo(error))
