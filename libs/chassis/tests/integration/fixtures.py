"""Holds the parts of the demo service without its loops: a test runs the parts it needs, and cuts the database."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Literal
from uuid import UUID

import asyncpg
from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.bus.memory import MemoryBus
from chassis.delivery.cancel import CancelRunner
from chassis.delivery.claimed_run import ClaimedRuns
from chassis.delivery.consumer import Consumer
from chassis.delivery.fast import FastRunner
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.lease import Leases
from chassis.delivery.outbox import OutboxMessage, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.delivery.slow import SlowRunner
from chassis.handler import FastHandler
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.storage.database import Database, Transaction, open_database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from contracts.base import Message, Problem
from libs.chassis.tests.integration.demo import DemoDeps, Noted, Work, note, work

#: what becomes of a commit that the client gets no answer to; `refused` is answered, by an error that no retry mends
Fate = Literal["applied", "lost", "later", "refused"]


class Cut(Database):
    """Opens a database whose connection is cut once, at the commit of a statement that the test chooses."""

    def __init__(self, url: str, service: str = "demo", *, database: Database | None = None) -> None:
        """Takes `database` where its connections are another one's, who closes it."""
        base = database or open_database(url, service)
        super().__init__(base._engine, base._lines)
        self.url = url
        self._statement: str | None = None
        self._fate: Fate = "lost"
        self._late = AsyncExitStack()

    def cut(self, statement: str, fate: Fate) -> None:
        """Cuts the connection at the next commit of a transaction in which `statement` has run."""
        self._statement, self._fate = statement, fate

    def spare(self) -> None:
        """Cuts nothing."""
        self._statement = None

    @property
    def was_cut(self) -> bool:
        """Tells whether the connection has been cut."""
        return self._statement is None

    async def apply_late(self) -> None:
        """Lets the server process the commit whose client is long gone."""
        await self._late.aclose()

    async def somebody_waits(self) -> bool:
        """Tells whether a transaction waits for a lock."""
        return bool(await self.fetch("SELECT 1 FROM pg_locks WHERE NOT granted"))

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        async with self.transaction() as tx:
            return await tx.fetch(statement, *parameters)

    @asynccontextmanager
    async def transaction(
        self, begin: Callable[[], str] = lambda: "BEGIN", *, wait: float | None = None
    ) -> AsyncIterator[Transaction]:
        async with AsyncExitStack() as stack:
            tx = _Noting(await stack.enter_async_context(super().transaction(begin, wait=wait)))
            yield tx
            if self._statement not in tx.seen:
                return
            self._statement = None
            if self._fate == "refused":
                await tx.fetch("SELECT 1 / 0")
            if self._fate == "lost":
                [[backend]] = await tx.fetch("SELECT pg_backend_pid()")
                await self._kill(backend)
                return
            if self._fate == "later":  # its commit is under way: the server does not take it for idle and end it
                await tx.fetch("SET LOCAL idle_in_transaction_session_timeout = 0")
            self._late = stack.pop_all()
        if self._fate == "applied":
            await self.apply_late()
        raise DBAPIError("COMMIT", None, ConnectionError("no answer"), connection_invalidated=True)

    async def _kill(self, backend: int) -> None:
        admin = await asyncpg.connect(self.url)
        assert await admin.fetchval("SELECT pg_terminate_backend($1, 5000)", backend)
        await admin.close()


class _Noting(Transaction):
    def __init__(self, tx: Transaction) -> None:
        super().__init__(tx._connection)
        self._after = tx._after
        self.seen: list[str] = []

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        self.seen.append(statement)
        return await super().fetch(statement, *parameters)


class Bench:
    """Holds one replica's parts; `replica` makes those of another one on the same tables."""

    problem = Problem(type="/problems/demo", title="No")

    def __init__(self, database: Cut, bus: MemoryBus, deps: DemoDeps) -> None:
        self.database = database
        self.bus = bus
        self.deps = deps
        self.watchdog = Watchdog()
        self.relay = Relay("demo", database, bus, self.watchdog.pulse("relay"), 100, lambda _: None)
        self.leases = Leases(database, self.watchdog.pulse("leases"))
        self.store = KeysInMemory()
        self.keys = Keys(self.store)
        self.consumer = self._consumer("work", Work)
        self.slow = ClaimedRuns(self.consumer, work, self.leases, announce=True)
        self._loops: list[asyncio.Task[None]] = []

    def replica(self) -> Bench:
        """Returns another process on the same database and bus, which shares this one's dependencies."""
        return Bench(self.database, self.bus, self.deps)

    def slow_with(self, timeout: float) -> ClaimedRuns:
        """Returns the same handler with less time."""
        return ClaimedRuns(self.consumer, dataclasses.replace(work, timeout=timeout), self.leases, announce=True)

    async def slow_runner(self, slots: int = work.slots, *, run: bool = True) -> SlowRunner:
        """Runs the loop of `demo.work`; without `run` it is not started."""
        queue = await self.bus.subscribe("demo.work", slots)
        runner = SlowRunner(self.consumer, dataclasses.replace(work, slots=slots), self.leases, queue)
        if run:
            self._loops.append(asyncio.create_task(runner.run()))
        return runner

    async def fast_runner(self, timeout: float = note.timeout, message: type[Message] = Noted) -> FastRunner:
        """Runs the loop of `demo.note`."""
        queue = await self.bus.subscribe("demo.note", 2 * note.batch)
        anything: FastHandler[Any, Any] = note
        handler = dataclasses.replace(anything, timeout=timeout, message=message)
        runner = FastRunner(self._consumer("note", message), handler, self.leases, queue)
        self._loops.append(asyncio.create_task(runner.run()))
        return runner

    async def cancel_runner(self) -> None:
        """Runs the loop of `demo.cancel_jobs`."""
        queue = await self.bus.subscribe("demo.cancel_jobs", 200)
        known = {self.consumer.name: self.consumer}
        runner = CancelRunner(self._consumer("cancel_jobs", None), known, self.leases, queue)
        self._loops.append(asyncio.create_task(runner.run()))

    def to_outbox(self, message: Message, *, job_id: UUID | None = None, retry: int = 0) -> OutboxMessage:
        outbox_message = to_outbox_uncaused(message, source="voxbus/test", job_id=job_id, person_id=None)
        return dataclasses.replace(outbox_message, envelope=dataclasses.replace(outbox_message.envelope, retry=retry))

    def received(self, message: Message, *, job_id: UUID | None = None, retry: int = 0) -> Received:
        outbox_message = self.to_outbox(message, job_id=job_id, retry=retry)
        return Received(outbox_message.envelope, outbox_message.body)

    def send(self, message: Message, *, job_id: UUID | None = None, retry: int = 0) -> OutboxMessage:
        """Publishes without waiting for the consumer."""
        outbox_message = self.to_outbox(message, job_id=job_id, retry=retry)
        self.relay.publish([outbox_message])
        return outbox_message

    @staticmethod
    def received_of(outbox_message: OutboxMessage) -> Received:
        return Received(outbox_message.envelope, outbox_message.body)

    async def settled(self, outbox_message: OutboxMessage) -> bool:
        """Tells whether the inbox row of a message is done."""
        return (await self.row(outbox_message)).done_at is not None

    async def all_acked(self) -> bool:
        """Tells whether every message on the bus has been acked."""
        await asyncio.sleep(0)
        return not self.bus.in_memory_ids()

    async def claim(self, message: Message, *, job_id: UUID | None = None, retry: int = 0) -> Claim:
        """Claims a new message; the claim must succeed."""
        claim = await self.slow.claim(self.received(message, job_id=job_id, retry=retry))
        assert claim is not None
        return claim

    async def rows(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self.database.fetch(statement, *parameters)

    @staticmethod
    def new_id() -> UUID:
        return new_id()

    async def row(self, claim: Claim | Received | OutboxMessage) -> Row[Any]:
        """Returns the inbox row of a message of `demo.work` or `demo.note`."""
        identity = claim.id if isinstance(claim, Claim) else claim.envelope.id
        [row] = await self.rows("SELECT *, due_at <= now() AS due FROM inbox WHERE id = $1", identity)
        return row

    async def holds(self, claim: Claim, seconds: float) -> bool:
        """Tells whether a claim's lease lasts so many seconds more."""
        held = "SELECT 1 FROM inbox WHERE id = $1 AND fence = $2 AND due_at > now() + make_interval(secs => $3)"
        return bool(await self.rows(held, claim.id, claim.fence, seconds))

    async def make_due(self, claim: Claim | Received | OutboxMessage) -> None:
        """Lets a claim's lease or a message's backoff run out."""
        identity = claim.id if isinstance(claim, Claim) else claim.envelope.id
        await self.rows("UPDATE inbox SET due_at = now() WHERE id = $1", identity)

    async def end_job(self, job_id: UUID, outcome: str = "cancelled", retry: int = 0) -> None:
        """Commits the first of the two transactions that end a job in a service."""
        await self.rows(
            "INSERT INTO cancelled_jobs (job_id, outcome, retry) VALUES ($1, $2, $3)", job_id, outcome, retry
        )

    async def effects(self) -> int:
        [[count]] = await self.rows("SELECT count(*) FROM effects_done")
        return int(count)

    async def done(self, count: int) -> bool:
        """Tells whether at least `count` messages have had their effect."""
        return await self.effects() >= count

    async def runs(self, count: int = 1) -> bool:
        """Tells whether at least `count` runs of handlers have begun."""
        return len(self.deps.runs) >= count

    async def dead_letters_of(self, outbox_message: OutboxMessage) -> bool:
        """Tells whether the dead queue holds a message."""
        queue = await self.bus.subscribe("demo.dead", 10)
        try:
            async with asyncio.timeout(0.05):
                found = await queue.next(10)
        except TimeoutError:
            found = []
        await queue.close()
        return str(outbox_message.envelope.id) in [delivery.headers["cloudEvents_id"] for delivery in found]

    async def emitted(self) -> list[str]:
        """Returns the types of the messages that wait in the outbox, in order."""
        return [row.key for row in await self.rows("SELECT key FROM outbox ORDER BY key")]

    async def close(self) -> None:
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        await self.relay.flush(0)

    def _consumer(self, name: str, message: type[Message] | None) -> Consumer:
        pulse = self.watchdog.pulse(name)
        return Consumer(
            "demo",
            name,
            self.deps,
            self.database,
            self.bus,
            self.relay,
            pulse,
            lambda _: None,
            message,
            poll_interval=0.05,
            keys=self.keys,
        )
