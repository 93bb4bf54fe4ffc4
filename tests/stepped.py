"""Provides a database whose user can be stopped between its statements, and die there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Row
from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

from chassis.storage.database import Database, Transaction


class Died(BaseException):
    """Ends the process, whatever it would have caught; its transaction is gone with it."""


class Stepped(Database):
    """Represents one process's connections, which can be stopped before the n-th statement or commit from now.

    Commits are those of the database beneath, which may lose their answers.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database._engine, database._lines)
        self._beneath = database
        self._places: int | None = None
        self._dies = False
        self._go = asyncio.Event()
        self.stopped = asyncio.Event()
        #: set when the process has died and its transaction is rolled back
        self.dead = asyncio.Event()

    def hold(self, places: int) -> None:
        """Stops the transaction before the statement that follows so many others."""
        self._places, self._dies = places, False
        self._go, self.stopped, self.dead = asyncio.Event(), asyncio.Event(), asyncio.Event()

    def go_on(self, *, dies: bool = False) -> None:
        """Lets the transaction go on from where it has stopped; from now on it stops no more."""
        self._places, self._dies = None, dies
        self._go.set()

    async def step(self) -> None:
        """Counts the next statement or commit, and stops there if it was asked to."""
        if self._places is None:
            return
        self._places -= 1
        if self._places >= 0:
            return
        self._places = None
        self.stopped.set()
        await self._go.wait()
        if self._dies:
            raise Died

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        """Fetches with a commit of its own, so that there is a place to stop before."""
        async with self.transaction() as tx:
            return await tx.fetch(statement, *parameters)

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        try:
            await self.step()  # before it begins, for that is its time
            async with self._beneath.transaction(begin, wait=wait) as tx:
                yield _Stepping(tx, self)
                await self.step()
        except Died:
            self.dead.set()
            raise


class _Stepping(Transaction):
    def __init__(self, tx: Transaction, database: Stepped) -> None:
        super().__init__(tx._connection)
        self._tx = tx
        self._database = database
        self._begun = False

    def on_commit(self, call: Callable[[], None]) -> None:
        self._tx.on_commit(call)

    async def execute(self, statement: Executable, parameters: Any = None) -> Result[Any]:
        await self._step()
        return await self._tx.execute(statement, parameters)

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        await self._step()
        return await self._tx.fetch(statement, *parameters)

    async def _step(self) -> None:
        """Steps, except before the first statement, whose transaction has just begun."""
        if self._begun:
            await self._database.step()
        self._begun = True
