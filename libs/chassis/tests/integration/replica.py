"""Runs one process's part in the life of messages, without its loops: each method is one transaction."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from chassis.delivery import inbox, statements
from chassis.delivery.cancel import CancelRunner
from chassis.delivery.claimed_run import ClaimedRun, ClaimedRuns
from chassis.delivery.consumer import Consumer
from chassis.delivery.fast import FastRunner
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.lease import Leases
from chassis.delivery.relay import Relay
from chassis.delivery.settlement import TOO_OLD, Disposition, disposition_of, write_settlement
from chassis.errors import Fenced
from chassis.handler import Backoff, Deps, FastHandler, SlowHandler, Unit
from chassis.message.envelope import Envelope
from chassis.observe.health import Watchdog
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.stores_in_memory import KeysInMemory
from libs.chassis.tests.integration.demo import Work, Worked, effects_done
from tests.machines import Deaf
from tests.stepped import Stepped


async def _work(message: Work, deps: Deps) -> None:
    raise AssertionError("the machine says what the work comes to")


async def _batch(messages: Sequence[Work], deps: Deps, unit: Unit) -> None:
    for message in messages:
        await unit.execute(effects_done.insert().values(key=message.key, by="batch"))
        unit.emit(Worked(key=message.key), cause=message)


class Replica:
    """Runs each transaction that slow and fast runners, reapers and cancelling make of inbox rows, by the real code."""

    def __init__(self, database: Database, name: str, retry: Backoff) -> None:
        self.database = Stepped(database)
        pulse, bus = Watchdog().pulse(name), Deaf()
        relay = Relay("demo", self.database, bus, pulse, 100, lambda _: None)
        parts = self.database, bus, relay, pulse, lambda _: None
        self.consumer = Consumer("demo", name, Deps(), *parts, Work, keys=Keys(KeysInMemory()))
        self._leases = Leases(self.database, pulse)
        self._handler = SlowHandler(Work, _work, 1, 5, retry)
        self._runs = ClaimedRuns(self.consumer, self._handler, self._leases, announce=False)
        nothing: Any = None  # what a runner reads from: its loop does not run here
        self._fast = FastRunner(self.consumer, FastHandler(Work, _batch, 10, 5, retry), self._leases, nothing)
        self._cancelling = CancelRunner(self.consumer, {self.consumer.name: self.consumer}, self._leases, nothing)

    async def claim(self, received: Received, owner: UUID) -> Claim | None:
        return await self.consumer.transact(
            functools.partial(inbox.claim, consumer=self.consumer.name, received=received, owner=owner)
        )

    async def cancel_unclaimed(self, received: Received) -> bool:
        return await self.consumer.transact(functools.partial(self._runs._cancel_unclaimed, received=received))

    async def begin_reaped(self, claim: Claim) -> bool:
        """Begins the work of a reaped claim; tells whether its job has ended instead."""
        return await self.consumer.transact(functools.partial(self._runs._begin_reaped, claim=claim)) is None

    async def work(self, claim: Claim) -> bool:
        """Runs the unit of work of a claim; False when it was fenced out."""
        run = ClaimedRun(self.consumer, self._handler, self._leases, claim)
        run.messages = await self.consumer.read(Work, [claim.received])
        try:
            async with run.unit() as unit:
                await unit.execute(effects_done.insert().values(key=str(claim.id), by=str(claim.owner)))
                unit.emit(Worked(key=str(claim.id)))
        except Fenced:
            return False
        return True

    async def lock_claim(self, claim: Claim) -> bool:
        """Locks a claim as an outside effect does before it begins; tells whether it may begin."""
        try:
            await self.consumer.transact(functools.partial(inbox.lock_claim, claim=claim))
        except Fenced:
            return False
        return True

    async def fail(self, claim: Claim, error: BaseException) -> bool:
        return await self.settle(claim, disposition_of(error, self._handler, claim.tries))

    async def settle(self, claim: Claim, disposition: Disposition) -> bool:
        """Settles a claim; tells whether the settlement was written."""
        refs = functools.partial(self.consumer.refs, claim.received)
        settled = functools.partial(
            write_settlement, claim=claim, disposition=disposition, source=self.consumer.source, refs=refs
        )
        return await self.consumer.transact(settled) is not None

    async def work_batch(self, batch: Sequence[Received]) -> int:
        """Runs a fast batch and returns how many messages were worked on."""
        _, outcomes, _ = await self.consumer.transact(functools.partial(self._fast._work, batch=batch))
        return outcomes["ok"]

    async def fail_alone(self, received: Received, error: BaseException) -> str:
        """Fails a message in a batch of one, and returns the outcome."""
        written = functools.partial(self._fast._write_failed, received=received, error=error)
        outcome, _ = await self.consumer.transact(written)
        return outcome

    async def end_job(self, ended: Envelope) -> None:
        await self.consumer.transact(functools.partial(self._cancelling._record, ended=[ended]))

    async def cancel_rows(self, ended: Envelope) -> set[UUID]:
        rows = await self.consumer.transact(functools.partial(self._cancelling._cancel, ended=[ended]))
        return {identity for _, identity in rows}

    async def keep_given_up(self, received: Received) -> bool:
        """Keeps a message that the broker has given up; tells whether its row was written."""
        return await self.consumer.transact(
            functools.partial(inbox.insert_due, consumer=self.consumer.name, received=received)
        )

    async def dead_letter_old(self, received: Received) -> bool:
        return await self.consumer.transact(
            functools.partial(inbox.insert_dead, consumer=self.consumer.name, received=received, problem=TOO_OLD)
        )

    async def reread(self, received: Received, owner: UUID) -> tuple[bool, Claim | None]:
        """Reads what became of a claim whose commit had no answer."""
        return await self.consumer.transact(
            functools.partial(inbox.read_claim, consumer=self.consumer.name, received=received, owner=owner)
        )

    async def start(self) -> None:
        """Starts as a process does that owns its database alone."""
        await self.database.fetch(statements.FREE_OWNED)
