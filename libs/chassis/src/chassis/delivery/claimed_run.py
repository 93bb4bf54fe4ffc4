"""Runs claimed messages, each with one lease, one unit of work and one settlement."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Delivery, Subscription
from chassis.delivery import inbox
from chassis.delivery.consumer import Consumer, causes
from chassis.delivery.effects import RunEffects
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.lease import Leases
from chassis.delivery.message_spans import note_claim, now_ns
from chassis.delivery.middleware import AROUND_CLAIM, AROUND_HANDLER, Run, around
from chassis.delivery.outbox import OutboxMessage, insert_outbox, to_outbox
from chassis.delivery.settlement import CRASHED, Disposition, disposition_of, refs_of
from chassis.delivery.unit import OpenUnit
from chassis.errors import Erased, Fenced, NotYet, Permanent, VoxbusError
from chassis.handler import SlowHandler
from chassis.observe.logs import logger
from chassis.observe.traces import describe
from chassis.storage.database import Transaction
from chassis.storage.errors import is_databases_fault
from contracts.common import StepStarted

#: seconds that giving back an interrupted run may take, so that a database outage does not keep the process from ending
GIVE_BACK_S = 5.0
#: how often the database may be the reason to give a message back before that costs a try
_GIVEN_BACK_MAX = 10

#: ends of a try that are errors in its span: the handler, or a call of its effects, has failed
_FAILED = frozenset({"retry", "dead"})

_log = logger(__name__)


class ClaimedRuns:
    """Claims messages of one handler and runs them. `announce`: each try emits StepStarted, as slow handlers do."""

    def __init__(self, consumer: Consumer, handler: SlowHandler[Any, Any], leases: Leases, *, announce: bool) -> None:
        self._consumer = consumer
        self._handler = handler
        self._leases = leases
        self._announces = announce

    async def receive(self, delivery: Delivery, subscription: Subscription) -> Claim | None:
        """Opens and claims a delivery. None: there is nothing to run, and the delivery is settled or may be acked.

        Only a message that no table can hold is rejected. After any other error the delivery stays unacked until the
        error has passed: a rejected message would not end its job, and an error that all messages meet would reject all
        of them.
        """
        try:
            return await self._consumer.insist(partial(self._open_and_claim, delivery, subscription))
        except DBAPIError as error:
            _log.error("a message can be neither claimed nor settled", handler=self._consumer.name, exc_info=error)
            await subscription.reject(delivery)
            return None

    async def _open_and_claim(self, delivery: Delivery, subscription: Subscription) -> Claim | None:
        received = await self._consumer.open(delivery, subscription)
        return None if received is None else await self.claim(received)

    async def claim(self, received: Received) -> Claim | None:
        """Claims a message. None: the message is done, cancelled, or another run's; then the delivery is acked.

        After an unknown commit the row is read again: if it is mine, go on; if it is another's, ack; if there is none,
        claim again.
        """
        consumer = self._consumer
        owner = uuid4()
        began = now_ns()

        async def work(tx: Transaction) -> tuple[Claim | None, list[OutboxMessage]]:
            nonlocal owner
            owner = uuid4()  # a new owner for each claim
            claim = await inbox.claim(tx, consumer.name, received, owner)
            return claim, await self._announce(tx, claim) if claim is not None else []

        async def known() -> tuple[tuple[Claim | None, list[OutboxMessage]]] | None:
            reread = partial(inbox.read_claim, consumer=consumer.name, received=received, owner=owner)
            exists, mine = await consumer.transact(reread)
            return ((mine, []),) if exists else None

        claim, started = await consumer.transact(work, known)
        consumer.relay.publish(started)
        note_claim(consumer.bus.system, consumer.name, received, began, claim)
        if claim is None:
            cancelled = await consumer.transact(partial(self._cancel_unclaimed, received=received))
            consumer.count("cancelled" if cancelled else "duplicate")
            consumer.defects.clear()
        return claim

    async def run(self, claim: Claim) -> None:
        """Runs a claim to its settlement.

        After an unforeseen error the row stays, and the reaper takes it when it is due.
        """
        try:
            await self._run(claim)
        except Exception as error:
            await self._consumer.rest_after(error)
        else:
            self._consumer.defects.clear()

    async def _run(self, claim: Claim) -> None:
        if claim.tries > self._handler.retry.attempts:
            await self._consumer.settle(claim, Disposition("dead", problem=CRASHED))
            return
        run = ClaimedRun(self._consumer, self._handler, self._leases, claim)
        await around(AROUND_CLAIM, run, partial(self._attempt, run, claim))

    async def _attempt(self, run: ClaimedRun, claim: Claim) -> None:
        disposition = await run.run()
        describe(tries=claim.tries, outcome=disposition.kind, failed=disposition.kind in _FAILED)
        if disposition.kind == "ok":
            self._consumer.count("ok")
            self._consumer.done(claim.received)
        else:
            await self._consumer.settle(claim, disposition)

    async def run_reaped(self, claim: Claim) -> None:
        """Runs a row that the reaper took: a new try, announced as such, unless its job has ended since."""
        try:
            started = await self._consumer.transact(partial(self._begin_reaped, claim=claim))
        except Exception as error:
            await self._consumer.rest_after(error)
            return
        if started is None:
            self._consumer.count("cancelled")
            self._consumer.defects.clear()
            return
        self._consumer.relay.publish(started)
        await self.run(claim)

    async def _cancel_unclaimed(self, tx: Transaction, received: Received) -> bool:
        if not await inbox.claim_cancelled(tx, self._consumer.name, received):
            return False
        await inbox.delete_media(tx, await self._consumer.refs(received), received.envelope.job_id)
        return True

    async def _begin_reaped(self, tx: Transaction, claim: Claim) -> list[OutboxMessage] | None:
        if not await inbox.cancel_mine(tx, claim):
            return await self._announce(tx, claim)
        await inbox.delete_media(tx, await self._consumer.refs(claim.received), claim.received.envelope.job_id)
        return None

    async def _announce(self, tx: Transaction, claim: Claim) -> list[OutboxMessage]:
        if not self._announces or claim.tries > self._handler.retry.attempts:
            return []
        started = to_outbox(
            StepStarted(step=self._consumer.name, tries=claim.tries),
            source=self._consumer.source,
            cause=claim.received.envelope,
            handler=self._handler.name,
            fence=claim.fence,
        )
        await insert_outbox(tx, [started])
        return [started]


class ClaimedRun(Run):
    """Runs one try of one message: it opens its unit at most once, and ends in a disposition."""

    def __init__(self, consumer: Consumer, handler: SlowHandler[Any, Any], leases: Leases, claim: Claim) -> None:
        super().__init__(consumer, handler, [claim.received], claim=claim)
        self._function = handler.function
        self._leases = leases
        self._claim = claim
        self._opened = False
        self._committed = False

    async def run(self) -> Disposition:
        """Does the work. A lost lease and a cancelled job end as `fenced`, a drain as `release`."""
        work = asyncio.create_task(around(AROUND_HANDLER, self, self._work))
        lost = self._leases.register(self._claim, work)
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            if self._committed:
                return Disposition("ok")
            with suppress(TimeoutError):
                async with asyncio.timeout(GIVE_BACK_S):
                    await self.consumer.settle(self._claim, Disposition("release"))
            raise
        finally:
            self._leases.unregister(self._claim)
        error = asyncio.CancelledError() if work.cancelled() else work.exception()
        if self._committed:
            if error is not None:
                _log.error("a handler failed after its commit", handler=self.consumer.name, exc_info=error)
            return Disposition("ok")
        if lost.is_set():
            return Disposition("fenced")
        return await self._judge(error) if error is not None else Disposition("ok")

    async def _work(self) -> None:
        deps = replace(
            self.consumer.deps,
            unit=self.unit,
            progress=partial(self.consumer.publish_progress, self._claim),
            effects=RunEffects(self.consumer, self._claim, lambda: self._opened),
        )
        await self._function(self.messages[0], deps)
        if not self._opened:
            async with self.unit():
                pass
        if not self._committed:
            raise RuntimeError(f"{self.consumer.name} has swallowed what ended its unit")

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[OpenUnit]:
        """Opens the run's one transaction: FINISH, then the handler's rows, then the messages it emits."""
        if self._opened:
            raise RuntimeError(f"{self.consumer.name} opens its unit twice in one run")
        self._opened = True
        self.consumer.failpoint("worked")
        [message] = self.messages
        async with self.consumer.database.transaction() as tx:
            await inbox.finish(tx, self._claim)
            unit = OpenUnit(
                tx,
                source=self.consumer.source,
                handler=self.handler.name,
                causes=causes(message, self._claim),
                keys=self.consumer.keys,
            )
            yield unit
            await inbox.delete_media(tx, refs_of(message), self._claim.received.envelope.job_id)
            await unit.flush()
        self._committed = True
        self._leases.unregister(self._claim)
        self.consumer.failpoint("committed")
        self.consumer.relay.publish(unit.committed)

    async def _judge(self, error: BaseException) -> Disposition:
        """Decides how a failed try ends. After a commit with an unknown outcome it reads the inbox row."""
        if (
            self._opened
            and not isinstance(error, (Erased, Fenced, Permanent))
            and not await self.consumer.is_still_mine(self._claim)
        ):
            return Disposition("ok")
        given_back = self._claim.fence - self._claim.tries
        if is_databases_fault(error) and given_back < _GIVEN_BACK_MAX:
            disposition = Disposition("release")
        else:
            disposition = disposition_of(error, self.handler, self._claim.tries)
        if disposition.kind not in {"fenced", "gone", "erased", "revoked"} and not isinstance(error, NotYet):
            # one that the handler has foreseen needs no look, and may be the doing of whom it calls
            is_foreseen = disposition.kind == "retry" and isinstance(error, VoxbusError)
            log = _log.info if is_foreseen else _log.warning
            log(
                "a try failed",
                handler=self.consumer.name,
                message_id=str(self._claim.id),
                tries=self._claim.tries,
                verdict=disposition.kind,
                error=type(error).__name__,
                exc_info=error if disposition.kind == "retry" and not is_foreseen else None,
            )
        return disposition
