"""Runs fast handlers: up to N arrived messages in one transaction. More messages arrive while it runs."""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from chassis.bus.base import Delivery, Subscription
from chassis.delivery import inbox
from chassis.delivery.claimed_run import ClaimedRuns
from chassis.delivery.consumer import Consumer
from chassis.delivery.due import HasDue, perhaps
from chassis.delivery.inbox import Received
from chassis.delivery.intake import intake
from chassis.delivery.lease import Leases
from chassis.delivery.middleware import AROUND_BATCH, AROUND_HANDLER, Run, around
from chassis.delivery.outbox import Bell, OutboxMessage
from chassis.delivery.settlement import Disposition, dead_letter, disposition_of, refs_of
from chassis.delivery.unit import OpenUnit
from chassis.errors import VoxbusError
from chassis.handler import Deps, FastHandler, SlowHandler
from chassis.message.envelope import Envelope
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.storage.database import Transaction
from chassis.storage.errors import is_databases_fault, is_statement_refused
from contracts.base import Message

_REAP_ROWS = 10

_log = logger(__name__)


class _Failed(VoxbusError):
    """Reports that a handler itself failed, with its error as the cause, so that it is not taken for an outage."""


class FastRunner:
    """Runs one fast handler: one channel, one batch in flight, one ack for all deliveries up to its last one."""

    def __init__(
        self,
        consumer: Consumer,
        handler: FastHandler[Any, Any],
        leases: Leases,
        subscription: Subscription,
        has_due: HasDue = perhaps,
    ) -> None:
        self._consumer = consumer
        self._handler = handler
        self._subscription = subscription
        self._leases = leases
        self._has_due = has_due
        self._runs = ClaimedRuns(consumer, _one_at_a_time(handler), leases, announce=False)
        self._stopping = asyncio.Event()
        self._ended = asyncio.Event()
        self._reap_at = 0.0

    async def run(self) -> None:
        """Takes batches until asked to stop, and each second looks for single messages that are due again."""
        try:
            async with aclosing(self._intake()) as arriving:
                async for batch in arriving:
                    if batch:
                        await self._run_deliveries(batch)
                    if time.monotonic() >= self._reap_at:
                        await self._run_due()
                        self._reap_at = time.monotonic() + self._consumer.next_poll()
                    self._consumer.pulse.beat()
                    await self._consumer.relay.room()
        finally:
            self._ended.set()

    def _intake(self) -> AsyncGenerator[list[Delivery]]:
        def wait() -> float:
            return max(0.0, self._reap_at - time.monotonic())

        return intake(self._subscription, self._handler.batch, wait=wait, stopping=self._stopping)

    async def drain(self, grace: float) -> None:
        """Takes nothing new, and lets the batch in flight end for `grace` seconds."""
        self._stopping.set()
        await self._subscription.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._ended.wait()

    async def _run_due(self) -> None:
        if not await self._has_due():
            return
        for _ in range(_REAP_ROWS):
            if not await self._run_next_due():
                return

    async def _run_next_due(self) -> bool:
        """Runs one due message at a time, because the leases of others would expire meanwhile.

        Only one crash suspect runs in a process at a time.
        """
        if self._leases.suspect_lock.locked():
            return await self._run_due_row(crash_suspects=False)
        async with self._leases.suspect_lock:
            return await self._run_due_row(crash_suspects=True)

    async def _run_due_row(self, *, crash_suspects: bool) -> bool:
        due = await self._consumer.reap(1, crash_suspects=crash_suspects)
        for claim in due:
            await self._runs.run_reaped(claim)
        return bool(due)

    async def _run_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        self._consumer.failpoint("received")
        batch: dict[UUID, tuple[Delivery, Received]] = {}
        for delivery in deliveries:
            if delivery.redelivered:  # its consumer may have died of it: run alone, count tries
                await self._run_alone(delivery)
            elif (received := await self._consumer.open(delivery, self._subscription)) is not None:
                batch[received.envelope.id] = delivery, received
        if batch:
            for poison in await self._run_batch([received for _, received in batch.values()]):
                await self._subscription.reject(batch[poison.envelope.id][0])
        self._consumer.failpoint("before the ack")
        await self._subscription.ack_through(deliveries[-1])

    async def _run_alone(self, delivery: Delivery) -> None:
        self._consumer.pulse.beat()  # a batch may take long
        claim = await self._runs.receive(delivery, self._subscription)
        if claim is not None:
            await self._runs.run(claim)

    async def _run_batch(self, batch: Sequence[Received]) -> list[Received]:
        """Handles all messages in one transaction.

        After an error, each message is handled, and settled if it fails, alone. Returns the messages that can be
        neither handled nor settled.
        """
        try:
            run = Run(self._consumer, self._handler, batch)
            work = functools.partial(self._consumer.transact, functools.partial(self._work, batch=batch))
            done, outcomes, outbox_messages = await around(AROUND_BATCH, run, work)
        except Exception as error:
            if is_statement_refused(error):  # the messages did not cause this, so they keep their tries
                await self._consumer.rest_after(error)
                return await self._run_batch(batch)
            if len(batch) > 1:
                _log.info("a batch failed: each alone", handler=self._consumer.name, error=type(error).__name__)
                return [poison for received in batch for poison in await self._run_batch([received])]
            cause = error.__cause__ if isinstance(error, _Failed) else error
            return await self._settle_failed(batch[0], cause or error)
        self._consumer.defects.clear()
        self._consumer.failpoint("committed")
        self._consumer.relay.publish(outbox_messages)
        for outcome, count in outcomes.items():
            self._consumer.count(outcome, count)
        for received in done:
            self._consumer.done(received)
        metrics.BATCH_SIZE.labels(self._consumer.name).observe(len(batch))
        return []

    async def _work(
        self, tx: Transaction, batch: Sequence[Received]
    ) -> tuple[Sequence[Received], Counter[str], Sequence[OutboxMessage | Bell]]:
        """Returns the messages that were handled, the number of messages by outcome, and what the handler emitted."""
        consumer = self._consumer
        outcomes = await inbox.insert_done(tx, consumer.name, batch)
        for received in batch:
            if outcomes.get(received.envelope.id) == "cancelled":
                await inbox.delete_media(tx, await consumer.refs(received), received.envelope.job_id)
        todo = [received for received in batch if outcomes.get(received.envelope.id) == "ok"]
        counts = Counter(outcomes.get(received.envelope.id, "duplicate") for received in batch)
        if not todo:
            return [], counts, []
        causes: dict[int, tuple[Message, Envelope, int]] = {}
        unit = OpenUnit(tx, source=consumer.source, handler=self._handler.name, causes=causes, keys=consumer.keys)
        run = Run(consumer, self._handler, todo)

        async def handle() -> None:
            for message, received in zip(run.messages, todo, strict=True):
                causes[id(message)] = message, received.envelope, 1
            await self._handler.function(run.messages, consumer.deps, unit)

        try:
            await around(AROUND_HANDLER, run, handle)
        except Exception as error:
            if is_databases_fault(error):
                raise
            raise _Failed from error
        consumer.failpoint("worked")
        for message, envelope, _ in causes.values():
            await inbox.delete_media(tx, refs_of(message), envelope.job_id)
        await unit.flush()
        return todo, counts, unit.committed

    async def _settle_failed(self, received: Received, error: BaseException) -> list[Received]:
        """Settles a message that failed alone: the inbox keeps it for a later try, or as a dead letter.

        Returns the messages that the inbox does not keep.
        """
        _log.warning(
            "a message failed alone",
            handler=self._consumer.name,
            message_id=str(received.envelope.id),
            error=type(error).__name__,
            exc_info=error,
        )
        settle = functools.partial(self._write_failed, received=received, error=error)
        try:
            outcome, outbox_messages = await self._consumer.insist(functools.partial(self._consumer.transact, settle))
        except DBAPIError as unsettled:
            _log.error("a message cannot be settled", handler=self._consumer.name, exc_info=unsettled)
            return [received]
        self._consumer.defects.clear()
        self._consumer.count(outcome)
        self._consumer.relay.publish(outbox_messages)
        return []

    async def _write_failed(
        self, tx: Transaction, received: Received, error: BaseException
    ) -> tuple[str, list[OutboxMessage]]:
        consumer = self._consumer
        first = disposition_of(error, self._handler, 1)
        spent = 0 if first.kind in {"release", "parked"} else 1
        claim = await inbox.upsert_retry(tx, consumer.name, received, first.after, spent, first.failure)
        if claim is None:
            return "fenced", []
        last: Disposition = disposition_of(error, self._handler, claim.tries)
        if last.problem is None:
            return last.kind, []
        if last.kind == "parked":
            await inbox.note(tx, claim, last.problem)
            return last.kind, []
        await inbox.dead_after_upsert(tx, claim, last.kind, last.problem)
        return last.kind, await dead_letter(tx, claim, last.problem, consumer.source, await consumer.refs(received))


def _one_at_a_time(handler: FastHandler[Any, Any]) -> SlowHandler[Any, Any]:
    """Makes a slow handler of a fast one, for one claimed message that FINISH settles with its fence and owner."""

    @functools.wraps(handler.function)
    async def single(message: Message, deps: Deps) -> None:
        async with deps.unit() as unit:
            await handler.function([message], deps, unit)

    return SlowHandler(handler.message, single, 1, handler.timeout, handler.retry)
