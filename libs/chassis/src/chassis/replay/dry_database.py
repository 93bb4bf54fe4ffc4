"""Implements a database whose transactions are never committed, so that a dry run may do whatever a run does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.errors import VoxbusError
from chassis.replay.written import Written
from chassis.storage.database import Database, Transaction

#: a slow handler works for longer than a transaction may be idle
_BEGIN = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0"


class _Undone(VoxbusError):
    """Ends a transaction, which rolls it back."""


@asynccontextmanager
async def rolled_back(database: Database) -> AsyncIterator[Transaction]:
    """Opens a transaction that is rolled back at its end."""
    try:
        async with database.transaction(lambda: _BEGIN) as tx:
            yield tx
            raise _Undone
    except _Undone:
        pass


class SharedTransaction(Transaction):
    """Holds the transaction that all of a run share, also statements that tasks send at the same time."""

    def __init__(self, behind: Transaction) -> None:
        self._behind = behind
        self._turn = asyncio.Lock()
        self.written = Written()

    def on_commit(self, call: Callable[[], None]) -> None:
        """Forgets it: nothing is committed."""

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        """Runs a Core statement, and notes which rows it writes."""
        async with self._turn:
            return await self.written.execute(self._behind.execute, statement, parameters)

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs a constant statement."""
        async with self._turn:
            return await self._behind.fetch(statement, *parameters)

    async def is_pooled(self) -> bool:
        """See `Database.is_pooled`."""
        return await self._behind.is_pooled()


class DryDatabase(Database):
    """Rolls back whatever is done. What is done within one `run` shares a transaction, and so sees what came before."""

    def __init__(self, behind: Database) -> None:
        self._behind = behind
        self._stack: AsyncExitStack | None = None
        self._shared: SharedTransaction | None = None
        self._opening = asyncio.Lock()
        self._numbers = count(1)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """Begins a run, whose transaction begins with its first statement."""
        async with AsyncExitStack() as stack:
            self._stack = stack
            try:
                yield
            finally:
                self._stack, self._shared = None, None

    async def tx(self) -> SharedTransaction:
        """Returns the transaction of the run."""
        async with self._opening:
            if self._stack is None:
                raise RuntimeError("there is no run whose transaction this could be")
            if self._shared is None:
                self._shared = SharedTransaction(await self._stack.enter_async_context(rolled_back(self._behind)))
            return self._shared

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        """Opens a part of the run's transaction, which an error takes back; outside a run one of its own."""
        if self._stack is None:
            async with rolled_back(self._behind) as tx:
                yield tx
            return
        shared = await self.tx()
        name = f"part_{next(self._numbers)}"
        await shared.fetch(f"SAVEPOINT {name}")
        try:
            yield shared
        except BaseException:
            await shared.fetch(f"ROLLBACK TO SAVEPOINT {name}")
            raise
        await shared.fetch(f"RELEASE SAVEPOINT {name}")

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Runs one constant statement."""
        async with self.transaction() as tx:
            return await tx.fetch(statement, *parameters)

    async def is_pooled(self) -> bool:
        """Tells whether a pooler stands between this process and the server."""
        return await self._behind.is_pooled()

    async def close(self) -> None:
        """Closes the pool."""
        await self._behind.close()
