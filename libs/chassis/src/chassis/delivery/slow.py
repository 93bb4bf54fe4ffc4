"""Runs slow handlers, whose work happens outside any transaction, under a lease.

RabbitMQ delivers the first time; from the claim on, Postgres redelivers. The original delivery is acked when its run
ends; this is only flow control, correctness does not depend on it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine
from contextlib import aclosing, suppress
from typing import Any

from chassis.bus.base import Delivery, Subscription
from chassis.delivery.claimed_run import ClaimedRuns
from chassis.delivery.consumer import Consumer
from chassis.delivery.due import HasDue, perhaps
from chassis.delivery.intake import intake
from chassis.delivery.lease import Leases
from chassis.handler import SlowHandler
from chassis.observe import metrics

#: seconds between signs of life while all slots are taken
_BEAT_EVERY_S = 1.0


class SlowRunner:
    """Runs one slow handler with its slots."""

    def __init__(
        self,
        consumer: Consumer,
        handler: SlowHandler[Any, Any],
        leases: Leases,
        subscription: Subscription,
        has_due: HasDue = perhaps,
    ) -> None:
        self._consumer = consumer
        self._handler = handler
        self._leases = leases
        self._has_due = has_due
        self._runs = ClaimedRuns(consumer, handler, leases, announce=True)
        self._subscription = subscription
        self._running: set[asyncio.Task[None]] = set()
        self._slot_freed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._crash_suspects_at = 0.0
        self._failed: BaseException | None = None

    async def run(self) -> None:
        """Takes work until asked to stop, in turn from due inbox rows and from the broker's deliveries.

        Raises the error that has ended a slot: runs end in a settlement, or in `TooManyDefects`.
        """
        await self._start_due()
        async with aclosing(self._intake()) as arriving:
            async for deliveries in arriving:
                for delivery in deliveries:
                    self._start(self._run_delivery(delivery))
                await self._wait_for_slot()
                await self._start_due()
                await self._wait_for_slot()

    def _intake(self) -> AsyncGenerator[list[Delivery]]:
        return intake(self._subscription, wait=self._consumer.next_poll, stopping=self._stopping)

    async def drain(self, grace: float) -> None:
        """Takes no new work, lets runs end for `grace` seconds, then gives back those that still run."""
        self._stopping.set()
        self._slot_freed.set()
        await self._subscription.cancel()
        if self._running:
            await asyncio.wait(self._running, timeout=grace)
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)
        metrics.BUSY_SLOTS.labels(self._consumer.name).set(len(self._running))
        return task

    async def _start_due(self) -> None:
        """Starts as many due inbox rows as slots are free."""
        free = self._handler.slots - len(self._running)
        if free <= 0 or self._stopping.is_set() or not await self._has_due():
            return
        due = await self._consumer.reap(free, crash_suspects=False)
        for claim in due:
            self._start(self._runs.run_reaped(claim))
        if len(due) < free and time.monotonic() >= self._crash_suspects_at:
            await self._start_crash_suspect()

    async def _start_crash_suspect(self) -> None:
        """Claims and runs one crash suspect: a message that its last owner left unsettled and may have died of.

        The message is claimed only when no other suspect runs, since a claim spends a try. If there is no suspect, the
        next look comes a poll interval later: a message becomes a suspect only after half a minute.
        """
        lock = self._leases.suspect_lock
        if lock.locked():
            return
        await lock.acquire()
        started = False
        try:
            for claim in await self._consumer.reap(1):
                started = True
                self._start(self._runs.run_reaped(claim)).add_done_callback(lambda _: lock.release())
        finally:
            if not started:
                lock.release()
                self._crash_suspects_at = time.monotonic() + self._consumer.next_poll()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slot_freed.set()
        metrics.BUSY_SLOTS.labels(self._consumer.name).set(len(self._running))
        if not task.cancelled():
            self._failed = self._failed or task.exception()

    async def _wait_for_slot(self) -> None:
        """Waits until a slot is free, or the runner is asked to stop."""
        while not self._stopping.is_set():
            if self._failed is not None:
                raise self._failed
            self._consumer.pulse.beat()
            if len(self._running) < self._handler.slots:
                return
            self._slot_freed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_BEAT_EVERY_S):
                    await self._slot_freed.wait()

    async def _run_delivery(self, delivery: Delivery) -> None:
        self._consumer.failpoint("received")
        claim = await self._runs.receive(delivery, self._subscription)
        if claim is not None:
            await self._subscription.confirm(delivery)
            await self._runs.run(claim)
        self._consumer.failpoint("before the ack")
        await self._subscription.ack(delivery)
