"""Connects to Postgres: one engine per service, each acting in its own role and schema."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy import Engine, Row, create_engine, event
from sqlalchemy.engine import Result
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.expression import Executable
from sqlalchemy.util import await_, greenlet_spawn  # used instead of sqlalchemy.ext.asyncio, which also imports the ORM

from chassis.observe.metrics import Histogram
from chassis.pooler import Address, set_settings
from chassis.storage.connection import CLOSED_WITHIN_S, LINE, PooledConnection
from chassis.storage.errors import DatabaseAway, RolledBack, is_outage, may_redo, sqlstate
from chassis.storage.lines import Line, Lines, looking_at
from chassis.storage.measured import measure_pool
from chassis.storage.statement import Repeatable

T = TypeVar("T")

#: times a transaction is redone before its error is raised
REDO_MAX = 10
#: default seconds for an answer: longer than the server's limit of a statement
ANSWER_WITHIN = 40.0
#: seconds that work waits for a free connection of its pool
CONNECTION_WITHIN_S = 10.0
#: seconds to connect
_CONNECTED_WITHIN = 10.0


class Transaction:
    """Holds an open transaction. Services use SQLAlchemy Core; the chassis's constant statements go as text."""

    def __init__(self, connection: PooledConnection) -> None:
        self._connection = connection
        self._after: list[Callable[[], None]] = []

    def on_commit(self, call: Callable[[], None]) -> None:
        """Has something called once the transaction is committed, such as what counts it; never after a rollback."""
        self._after.append(call)

    def committed(self) -> None:
        """Calls what was to be called."""
        for call in self._after:
            call()

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a Core statement, or executemany when `parameters` is a list."""
        try:
            return await self._connection.execute_core(statement, parameters)
        except (OSError, TimeoutError) as error:
            raise DatabaseAway(type(error).__name__) from error

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs a constant statement with parameters `$1` … and returns its rows (none without RETURNING)."""
        return await self._connection.fetch(statement, parameters)

    async def is_pooled(self) -> bool:
        """See `Database.is_pooled`."""
        return await self._connection.is_pooled()


class Database:
    """Holds a pool of connections; those of `open_database` act as `voxbus_<service>` in the service's own schema."""

    def __init__(
        self, engine: Engine, lines: Lines, begun: Callable[[str], str] = lambda begin: begin, *, commits: bool = True
    ) -> None:
        """Takes an `engine` in autocommit mode: this class begins and ends transactions.

        `begun` returns what is said for a BEGIN. `commits`: a statement alone commits by itself; a pooler's connection
        is not set up outside a transaction.
        """
        self._engine = engine
        self._lines = lines
        self._begun = begun
        self._commits = commits
        self._waits: Histogram | None = None

    def measure(self, service: str, pool: str) -> None:
        """Lets the metrics tell of its connections and of the waits for one, under these names."""
        self._waits = measure_pool(self._engine, service, pool)

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        """Commits at the end, rolls back on an error. READ COMMITTED. Raises `RolledBack`.

        `begin`: called once a connection is free, since its limits are of the time that is left then; it returns the
        result of `begin_within`, perhaps with statements behind it. `wait`: seconds to wait for a free connection, if
        fewer than the pool's own.
        """
        connection = await self._begin(begin, wait)
        try:
            try:
                tx = Transaction(connection)
                yield tx
            except BaseException:
                await _roll_back(connection)
                raise
            if await connection.execute("COMMIT") != "COMMIT":
                raise RolledBack
            tx.committed()
        finally:
            connection.give_back()

    async def redoing(
        self, work: Callable[[Transaction], Awaitable[T]], begin: Callable[[], str] = lambda: "BEGIN"
    ) -> T:
        """Runs a repeatable transaction, and repeats it after a deadlock and the like, at most `REDO_MAX` times.

        After an outage (`is_outage`) the outcome of its commit is unknown, and what then is the caller's to say.
        """
        redone = 0
        while True:
            try:
                async with self.transaction(begin) as tx:
                    return await work(tx)
            except Exception as error:
                if is_outage(error) or not may_redo(error) or redone == REDO_MAX:
                    raise
            redone += 1
            await asyncio.sleep(random.uniform(0, 0.01 * redone))

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs one constant statement, which commits by itself in one round trip; in four behind a transaction pooler.

        A `Repeatable` one is asked once more where its connection was lost; of any other the outcome is unknown then.
        """
        if not self._commits:
            async with self.transaction() as tx:
                return await tx.fetch(statement, *parameters)
        again = isinstance(statement, Repeatable)
        while True:
            connection = await self._take(None)
            try:
                return await connection.fetch(statement, parameters)
            except DBAPIError:
                if not (again and connection.lost):
                    raise
                again = False
            finally:
                connection.give_back()

    async def is_pooled(self) -> bool:
        """Tells whether a pooler stands between this process and the server."""
        async with self.transaction() as tx:
            return await tx.is_pooled()

    async def _begin(self, begin: Callable[[], str], wait: float | None) -> PooledConnection:
        """Begins a transaction; once more on another connection where the first was lost, as nothing was done yet."""
        again = True
        while True:
            connection = await self._take(wait)
            try:
                await connection.execute(self._begun(begin()))
            except BaseException as error:
                await _roll_back(connection)
                connection.give_back()
                if not (again and isinstance(error, DBAPIError) and connection.lost):
                    raise
                again = False
            else:
                return connection

    async def _take(self, wait: float | None) -> PooledConnection:
        began = time.monotonic()
        try:
            async with asyncio.timeout(wait):
                pooled = await greenlet_spawn(self._engine.raw_connection)
        except (OSError, TimeoutError, PoolTimeoutError) as error:
            raise DatabaseAway(type(error).__name__) from error
        except self._engine.dialect.loaded_dbapi.Error as error:
            failed = DBAPIError(None, None, error, hide_parameters=True)
            failed.connection_invalidated = sqlstate(failed) is None  # no connection could be had
            raise failed from error
        except asyncpg.PostgresError as error:  # of its first statement
            raise DBAPIError(None, None, error, hide_parameters=True) from error
        finally:
            if self._waits is not None:
                self._waits.observe(time.monotonic() - began)
        return PooledConnection(self._engine, pooled, self._lines)

    async def close(self) -> None:
        """Closes the pool."""
        await self._lines.close(CLOSED_WITHIN_S)
        await greenlet_spawn(self._engine.dispose)


async def _roll_back(connection: PooledConnection) -> None:
    with suppress(DBAPIError, DatabaseAway):  # the server rolls back the transaction of a lost connection
        await connection.execute("ROLLBACK")


def open_database(
    url: str, service: str, *, size: int = 10, answer_within: float = ANSWER_WITHIN, purpose: str = ""
) -> Database:
    """Connects lazily as a service. `url` is the owner's DSN or the service's own; both act in the service's role.

    `answer_within`: seconds after which a statement without an answer is an outage. `purpose`: the pool's purpose,
    which the server's operator sees after the service's name.
    """
    settings = {
        "role": f"voxbus_{service}",
        "search_path": f"{service},api",
        "application_name": "-".join(filter(None, ("voxbus", service, purpose))),
        "timezone": "UTC",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "60s",
        "jit": "off",
    }
    return open_pool(url, settings, size=size, answer_within=answer_within)


def open_pool(url: str, settings: dict[str, str], *, size: int, answer_within: float = ANSWER_WITHIN) -> Database:
    """Connects lazily with these settings of the server. `answer_within` is as in `open_database`."""
    address = Address.of(url)
    connect_args = address.connect_args(settings)
    engine = create_engine(
        address.sqlalchemy,
        isolation_level="AUTOCOMMIT",
        pool_size=size,
        max_overflow=0,
        pool_timeout=CONNECTION_WITHIN_S,
        pool_pre_ping=False,
        pool_use_lifo=True,  # those that are used often lie idle less long, and are not pinged
        hide_parameters=True,
        connect_args={
            **connect_args,
            "timeout": min(answer_within, _CONNECTED_WITHIN),
            "command_timeout": answer_within,
        },
    )
    lines = Lines(looking_at(address.dsn) if address.pooler is None else None)
    _watch(engine, lines, set_settings(settings, local=False) if address.pooler == "session" else None)
    return Database(engine, lines, partial(address.begun, settings=settings), commits=address.pooler != "transaction")


def _watch(engine: Engine, lines: Lines, first: str | None) -> None:
    """Makes the pool replace a connection that was lost while it was idle. `first` is the first statement of each."""

    def opened(_connection: object, entry: ConnectionPoolEntry) -> None:
        driver = cast(asyncpg.Connection, entry.driver_connection)
        entry.info[LINE] = lines.opened(driver)
        if first is not None:
            await_(driver.execute(first))  # in a greenlet it may wait

    def taken(_connection: object, entry: ConnectionPoolEntry, _pooled: object) -> None:
        line: Line = entry.info[LINE]
        if lines.is_lost(line) or (lines.lay_idle(line) and not await_(lines.ping(line))):
            raise DisconnectionError
        lines.taken(line)

    def given_back(_connection: object, entry: ConnectionPoolEntry) -> None:
        if (line := entry.info.get(LINE)) is not None:
            lines.given_back(line)

    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", taken)
    event.listen(engine, "checkin", given_back)


def begin_within(seconds: float, *, waiting: float | None = None, read_only: bool = False) -> str:
    """Returns the BEGIN of a transaction each of whose statements ends within `seconds`.

    `waiting`: seconds that a statement waits for a lock, if fewer. The server also ends a transaction that is idle for
    `seconds`.
    """
    statement = max(1, round(seconds * 1000))  # 0 would mean no limit
    lock = statement if waiting is None else max(1, min(statement, round(waiting * 1000)))
    mode = " READ ONLY" if read_only else ""
    limits = {"statement": statement, "lock": lock, "idle_in_transaction_session": statement}
    return f"BEGIN{mode}; " + "; ".join(f"SET LOCAL {name}_timeout = {limit}" for name, limit in limits.items())
