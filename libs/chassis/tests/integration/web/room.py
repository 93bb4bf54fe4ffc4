"""Provides one owner of the toys with its parts; `replica` makes another one on the same rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery.outbox import Bell, OutboxMessage
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import Envelope
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from chassis.web.context import OwnerContext
from chassis.web.owner import Owner, owner_app
from chassis.web.principal import principal_key
from chassis.web.testing import PATIENCE_MS, Caller, in_process
from libs.chassis.tests.integration.fixtures import Cut
from libs.chassis.tests.integration.toys import ROUTES, TOYS

#: signs the principals of the toys' callers
KEY = principal_key("toys", secret="a secret of more than thirty-two characters", given=None)


@dataclass
class OutboxInMemory:
    """Takes the messages to publish, and is full when a test says so."""

    over_budget: bool = False
    published: list[OutboxMessage] = field(default_factory=list)

    def publish(self, messages: Sequence[OutboxMessage | Bell]) -> None:
        self.published += [each for each in messages if isinstance(each, OutboxMessage)]


@dataclass
class Room:
    database: Cut
    outbox: OutboxInMemory
    keys: KeysInMemory
    context: OwnerContext

    @cached_property
    def owner(self) -> Owner:
        return owner_app(ROUTES, self.context)

    @property
    def caller(self) -> Caller:
        """Calls anonymously."""
        operations = [operation for each in ROUTES for operation in each.operations]
        return Caller(exchange=in_process(self.owner), service="toys", key=self.context.key, operations=operations)

    def replica(self) -> Room:
        """Returns another owner on the same database."""
        return Room(self.database, self.outbox, self.keys, self.context)

    async def fail(self, code: str, times: int, table: str = "toys") -> None:
        """Lets the next so many writes to a table fail with an SQLSTATE, as the database would."""
        await self.rows("CREATE SEQUENCE failures")
        await self.rows(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" IF nextval('failures') <= {times} THEN RAISE EXCEPTION USING ERRCODE = '{code}'; END IF;"
            " RETURN NEW; END $$"
        )
        await self.rows(f"CREATE TRIGGER fails BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION fail()")

    @asynccontextmanager
    async def locked(self, toy_id: str) -> AsyncIterator[None]:
        """Keeps a toy's row locked, as another slow transaction would."""
        async with self.database.transaction() as tx:
            await tx.fetch("SELECT 1 FROM toys WHERE id = $1 FOR UPDATE", UUID(toy_id))
            yield

    async def rows(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self.database.fetch(statement, *parameters)

    async def count(self, table: str) -> int:
        [[found]] = await self.rows(f"SELECT count(*) FROM {table}")
        return int(found)

    async def facts(self) -> list[Envelope]:
        """Reads the messages that wait in the outbox, ordered by type."""
        return [Envelope.parse(row.headers) for row in await self.rows("SELECT headers FROM outbox ORDER BY key, id")]


@asynccontextmanager
async def open_room(server_url: str) -> AsyncIterator[Room]:
    """Makes a room on a database of its own."""
    async with fresh_database(server_url, [TOYS]) as url:
        database = Cut(url, "toys")
        await database.fetch("SELECT 1")  # the first connection takes its time, which no request's deadline shall count
        outbox, store = OutboxInMemory(), KeysInMemory()
        context = OwnerContext(
            service="toys",
            database=database,
            keys=Keys(store),
            outbox=outbox,
            key=KEY,
            connection_wait=PATIENCE_MS / 1000,  # a busy machine takes its time for another one
        )
        yield Room(database=database, outbox=outbox, keys=store, context=context)
        await database.close()
