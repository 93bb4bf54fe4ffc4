"""Records every durable event in the log, numbered within its job, and moves the job's state.

The log is its own inbox, which contains an event that comes again. So nothing is claimed here, and a batch whose commit
is unknown is simply recorded again.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from chassis.bus.base import Bus, Delivery, Subscription
from chassis.bus.topology import Queue, event_queue
from chassis.delivery import inbox
from chassis.delivery.consumer import Consumer
from chassis.delivery.inbox import Received
from chassis.delivery.intake import intake
from chassis.delivery.message_spans import processing
from chassis.delivery.relay import Relay
from chassis.delivery.settlement import CRASHED
from chassis.errors import Undecodable
from chassis.handler import Deps
from chassis.message.envelope import Envelope, id_time
from chassis.observe import metrics
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.observe.traces import keep, keep_if_slow
from chassis.storage.database import Database, Transaction
from chassis.storage.errors import is_statement_refused
from chassis.storage.keys import NO_KEYS
from contracts.common import JobFailed
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import Plan, plan_recording, stream_of

HANDLER = "record"
QUEUE: Queue = event_queue("gateway", HANDLER, ["#"])
BATCH = 200
_PREFETCH = 2 * BATCH
_REAP_EVERY_S = 5.0
_REAP_ROWS = 10

_log = logger(__name__)


class Recorder:
    """Consumes `gateway.record`; any number of them may run, on any number of replicas."""

    def __init__(
        self,
        database: Database,
        relay: Relay,
        bus: Bus,
        pulse: Pulse,
        stopping: asyncio.Event,
        failpoint: Callable[[str], None],
        on_recorded: Callable[[], None] | None = None,
    ) -> None:
        """Takes `on_recorded`, called after each committed batch."""
        self._consumer = Consumer(
            "gateway", HANDLER, Deps(), database, bus, relay, pulse, failpoint, keys=NO_KEYS, projection="jobs"
        )
        self._stopping = stopping
        self._on_recorded = on_recorded

    async def run(self) -> None:
        """Records until cancelled: takes the events that have arrived and records them in one transaction."""
        bus = self._consumer.bus
        subscription = await bus.subscribe(QUEUE.name, _PREFETCH)
        metrics.CONSUMERS.labels(QUEUE.name).set_function(lambda: float(bus.local_depth(QUEUE.name).consumers > 0))
        reap_at = 0.0
        arriving = intake(subscription, BATCH, wait=lambda: max(0.0, reap_at - time.monotonic()))
        try:
            async for deliveries in arriving:
                self._consumer.pulse.beat()
                if time.monotonic() >= reap_at:
                    await self._record_given_up()
                    reap_at = time.monotonic() + _REAP_EVERY_S
                if deliveries:
                    await self.take(deliveries, subscription)
            await self._stopping.wait()  # the bus was closed, which only a drain does
        finally:
            await arriving.aclose()
            await subscription.close()

    async def take(self, deliveries: Sequence[Delivery], subscription: Subscription) -> None:
        """Records deliveries, then settles them; rejects each that is not a message or fails alone."""
        self._consumer.failpoint("received")
        batch: dict[int, Received] = {}
        for delivery in deliveries:
            try:
                batch[delivery.tag] = Received(Envelope.parse(delivery.headers), delivery.body)
            except Undecodable:
                self._consumer.count("undecodable")
                await subscription.reject(delivery)
        plans, poison = await self._record_or_split(batch)
        self._consumer.failpoint("before the ack")
        for delivery in deliveries:
            if delivery.tag in poison:
                await subscription.reject(delivery)
        good = [delivery for delivery in deliveries if delivery.tag in batch and delivery.tag not in poison]
        if good:
            await subscription.ack_through(good[-1])
        for plan in plans:
            await store.announce(plan, self._consumer.relay, self._consumer.bus)

    async def _record_or_split(self, batch: dict[int, Received]) -> tuple[list[Plan], set[int]]:
        """Records a batch; if it fails although the database answers, records each of its events alone."""
        if not batch:
            return [], set()
        try:
            return [await self.record(list(batch.values()))], set()
        except Exception as error:
            if is_statement_refused(error):  # the events did not cause this
                await self._consumer.rest_after(error)
                return await self._record_or_split(batch)
            if len(batch) == 1:
                [(tag, received)] = batch.items()
                _log.error(
                    "an event cannot be recorded",
                    event_id=str(received.envelope.id),
                    type=received.envelope.type,
                    exc_info=error,
                )
                self._consumer.count("dead")
                return [], {tag}
            _log.warning("a batch cannot be recorded: each event alone", error=type(error).__name__)
        plans: list[Plan] = []
        poison: set[int] = set()
        for tag, received in batch.items():
            planned, bad = await self._record_or_split({tag: received})
            plans += planned
            poison |= bad
        return plans, poison

    async def record(self, batch: Sequence[Received]) -> Plan:
        """Records events in one transaction, redone until the database has taken it. The caller announces the plan."""
        with processing(self._consumer.bus.system, self._consumer.name, batch, operation="record"):
            plan = await self._consumer.transact(functools.partial(_record, batch=batch))
            for row in plan.rows:
                if row.terminal:
                    keep_end(row.stream_id, row.envelope)
        self._consumer.defects.clear()
        self._consumer.failpoint("committed")
        if self._on_recorded is not None:
            self._on_recorded()
        self._consumer.count("ok", len(batch))
        for received in batch:
            self._consumer.done(received)
        metrics.BATCH_SIZE.labels(self._consumer.name).observe(len(batch))
        return plan

    async def _record_given_up(self) -> None:
        """Records the messages that the broker has given up, each of which is a due inbox row."""
        for claim in await self._consumer.reap(_REAP_ROWS):
            try:
                plan = await self.record([claim.received])
            except Exception as error:
                if is_statement_refused(error):  # the event did not cause this; its row stays due
                    await self._consumer.rest_after(error)
                    continue
                _log.error("an event cannot be recorded", event_id=str(claim.id), exc_info=error)
                settle = functools.partial(inbox.dead, claim=claim, outcome="dead", problem=CRASHED)
                await self._consumer.insist(functools.partial(self._consumer.transact, settle))
                continue
            await store.announce(plan, self._consumer.relay, self._consumer.bus)
            await self._consumer.finish(claim)


def keep_end(job: UUID, end: Envelope) -> None:
    """Has the trace of a job exported that has failed or was slow; its own process is the last that can know."""
    if end.type == JobFailed.type:
        keep(end.traceparent)
    else:
        keep_if_slow(end.traceparent, (end.time - id_time(job)).total_seconds())


async def _record(tx: Transaction, batch: Sequence[Received]) -> Plan:
    jobs = await store.lock_jobs(tx, {a.envelope.job_id for a in batch if a.envelope.job_id is not None})
    streams = {stream_of(a.envelope) for a in batch} | {a.envelope.id for a in batch if a.envelope.job_id not in jobs}
    contents = await store.read_contents(tx, streams)
    plan = plan_recording(jobs, contents, batch)
    await store.write(tx, plan)
    return plan
