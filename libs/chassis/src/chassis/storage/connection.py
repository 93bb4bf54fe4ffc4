"""Runs statements on a connection of the pool, and says what their errors mean."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import Engine, Row
from sqlalchemy.engine import Connection, Result
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.expression import Executable
from sqlalchemy.util import greenlet_spawn  # used instead of sqlalchemy.ext.asyncio, which also imports the ORM

from chassis.pooler import IS_POOLED
from chassis.storage.errors import DatabaseAway
from chassis.storage.lines import Line, Lines
from chassis.storage.statement import compiled

T = TypeVar("T")

#: seconds to close a connection in order
CLOSED_WITHIN_S = 2.0
#: the driver's own errors for a lost connection
_CLOSED = "connection is closed"
#: under which the pool keeps what is known of a connection
LINE = "line"


class _Row(asyncpg.Record):
    """Holds a row whose columns can be read as attributes, as with SQLAlchemy."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class PooledConnection:
    """Holds a connection of the pool. Statements as text go straight to the driver.

    SQLAlchemy's way there takes several times the processor time of the driver's own.
    """

    def __init__(self, engine: Engine, pooled: PoolProxiedConnection, lines: Lines) -> None:
        self._engine = engine
        self._pooled = pooled
        self._driver = cast(asyncpg.Connection, pooled.driver_connection)
        self._lines = lines
        self._line: Line = pooled.info[LINE]
        self._core: Connection | None = None

    async def execute_core(self, statement: Executable, parameters: Any) -> Result[Any]:
        """Runs a statement of SQLAlchemy Core on the same connection; a constant one without SQLAlchemy's way there."""
        if (known := compiled(statement, self._engine.dialect)) is not None:
            if not isinstance(parameters, list):
                rows = await self._answer(self._driver.fetch(known.text, *known.values(parameters or {})))
                return known.result(rows)
            if not known.keys:  # what returns rows for a list of parameters is not the driver's to do
                every = [known.values(each) for each in parameters]
                await self._answer(self._driver.executemany(known.text, every))
                return known.result(())
        if self._core is None:
            self._core = Connection(self._engine, self._pooled)
        return await self._lines.watched(self._line, greenlet_spawn(self._core.execute, statement, parameters))

    @property
    def lost(self) -> bool:
        """Tells whether the connection has ended."""
        return self._driver.is_closed()

    async def fetch(self, statement: str, parameters: tuple[object, ...]) -> Sequence[Row[Any]]:
        rows = await self._answer(self._driver.fetch(str(statement), *parameters, record_class=_Row))
        return cast(Sequence[Row[Any]], rows)

    async def execute(self, statement: str) -> str:
        """Returns the tag of the statement, or of the last of several."""
        return await self._answer(self._driver.execute(statement))

    async def _answer(self, call: Awaitable[T]) -> T:
        """Raises DBAPIError, as SQLAlchemy does; `DatabaseAway` for a lost network or a passed time limit."""
        try:
            return await self._lines.watched(self._line, call)
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            lost = self._driver.is_closed() or _CLOSED in str(error)
            raise DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=lost) from error
        except asyncpg.InternalClientError as error:  # the server has ended the connection just now
            self._driver.terminate()
            raise DBAPIError(None, None, error, hide_parameters=True, connection_invalidated=True) from error
        except BaseException as error:  # cancelled, or no answer in time: the server cancels the statement
            with suppress(Exception):
                await self._driver.close(timeout=CLOSED_WITHIN_S)
            if isinstance(error, (OSError, TimeoutError)):
                raise DatabaseAway(type(error).__name__) from error
            raise

    async def is_pooled(self) -> bool:
        """Tells whether a pooler stands between."""
        [[pooled]] = await self.fetch(IS_POOLED, (self._driver.get_server_pid(),))
        return bool(pooled)

    def give_back(self) -> None:
        """Returns the connection to the pool, or closes it when it is lost or still in a transaction."""
        if self._pooled.is_valid and (self._driver.is_closed() or self._driver.is_in_transaction()):
            self._pooled.invalidate()
        self._pooled.close()
