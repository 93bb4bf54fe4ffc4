"""Slow handlers: work outside any transaction, under a lease.

RabbitMQ delivers the first time; from the claim on, Postgres redelivers. The original delivery is acked when its run
ends, which is flow control only: correctness does not hang on it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from chassis.bus.base import Delivery, Subscription
from chassis.delivery.claimed import ClaimedRuns
from chassis.delivery.consumer import Consumer
from chassis.delivery.lease import Leases
from chassis.handler import SlowHandler
from chassis.observe import metrics


class SlowRunner:
    """Runs one slow handler with its slots."""

    def __init__(
        self, consumer: Consumer, handler: SlowHandler[Any, Any], leases: Leases, subscription: Subscription
    ) -> None:
        self._consumer = consumer
        self._handler = handler
        self._leases = leases
        self._runs = ClaimedRuns(consumer, handler, leases, announce=True)
        self._subscription = subscription
        self._running: set[asyncio.Task[None]] = set()
        self._slot_freed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._suspects_at = 0.0
        self._failed: BaseException | None = None

    async def run(self) -> None:
        """Takes work until asked to stop: by turns what is due in the inbox and what the broker delivers.

        Raises what a slot has ended with: runs end in a settlement, or in `TooManyDefects`.
        """
        upcoming: asyncio.Task[list[Delivery]] | None = None
        look = True
        try:
            while not self._stopping.is_set():
                if self._failed is not None:
                    raise self._failed
                self._consumer.pulse.beat()
                free = self._handler.slots - len(self._running)
                if free <= 0:
                    await self._wait_for_slot()
                    continue
                if look:
                    look = False
                    due = await self._consumer.reap(free, suspects=False)
                    for claim in due:
                        self._start(self._runs.run_reaped(claim))
                    if len(due) < free and time.monotonic() >= self._suspects_at:
                        await self._start_suspect()
                    continue
                look = True
                upcoming = upcoming or asyncio.create_task(self._subscription.next())
                if await self._arrives(upcoming):
                    for delivery in upcoming.result():
                        self._start(self._run_delivery(delivery))
                    upcoming = None
        finally:
            if upcoming is not None:
                upcoming.cancel()

    async def drain(self, grace: float) -> None:
        """Take nothing new, let runs end for `grace` seconds, then give back what still runs."""
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

    async def _start_suspect(self) -> None:
        """What its last owner did not settle is not even claimed before its turn, for that would spend a try.

        Where there is none the next look has a second's time: it took half a minute to become suspect.
        """
        turn = self._leases.suspects
        if turn.locked():
            return
        await turn.acquire()
        started = False
        try:
            for claim in await self._consumer.reap(1):
                started = True
                self._start(self._runs.run_reaped(claim)).add_done_callback(lambda _: turn.release())
        finally:
            if not started:
                turn.release()
                self._suspects_at = time.monotonic() + self._consumer.next_look()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slot_freed.set()
        metrics.BUSY_SLOTS.labels(self._consumer.name).set(len(self._running))
        if not task.cancelled():
            self._failed = self._failed or task.exception()

    async def _wait_for_slot(self) -> None:
        self._slot_freed.clear()
        waiting = asyncio.create_task(self._slot_freed.wait())
        await asyncio.wait({waiting}, timeout=1.0)
        waiting.cancel()

    async def _arrives(self, upcoming: asyncio.Task[list[Delivery]]) -> bool:
        """Wait for a delivery, but not for long, so that due rows are looked for."""
        stopping = asyncio.create_task(self._stopping.wait())
        wait = self._consumer.next_look()
        await asyncio.wait({upcoming, stopping}, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        return upcoming.done() and not self._stopping.is_set()

    async def _run_delivery(self, delivery: Delivery) -> None:
        self._consumer.crash_point("received")
        claim = await self._runs.receive(delivery, self._subscription)
        if claim is not None:
            await self._subscription.confirm(delivery)
            await self._runs.run(claim)
        self._consumer.crash_point("before the ack")
        await self._subscription.ack(delivery)
