"""Holds all messages between a queue and its consumers, and sends them on later, in another order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, AbstractQueue

from chassis.message.envelope import Envelope
from chassis.testing import until
from tests.faults.chaos_env import FOLLOW_TIMEOUT_S


class QueueInterceptor:
    """Holds one queue's messages. `intercepting` makes one."""

    def __init__(self, channel: AbstractChannel, queue: AbstractQueue) -> None:
        self._channel = channel
        self._queue = queue
        self._held: list[AbstractIncomingMessage] = []

    async def take(self) -> None:
        """Takes all messages from now on, before the queue's own consumers."""
        await self._queue.consume(self._keep, consumer_tag="holding", arguments={"x-priority": 10})

    def of(self, job: UUID, *, type: str | None = None) -> list[Envelope]:
        """Returns the held messages of a job."""
        envelopes = [Envelope.parse(message.headers) for message in self._held]
        return [e for e in envelopes if e.job_id == job and type in (None, e.type)]

    async def holds(self, job: UUID, type: str) -> None:
        """Waits until a message of a job is held."""

        async def come() -> bool:
            return bool(self.of(job, type=type))

        await until(come, within=FOLLOW_TIMEOUT_S, what=f"{type} of {job}")

    async def let_go(self, last: Callable[[Envelope], bool] = lambda _: False) -> int:
        """Stops holding, and returns all messages backwards, then again in random order; `last` ones come last."""
        await self._queue.cancel("holding")
        again = random.sample(self._held, len(self._held))
        copies = sorted([*reversed(self._held), *again], key=lambda message: last(Envelope.parse(message.headers)))
        for message in copies:
            body = aio_pika.Message(message.body, headers=message.headers, delivery_mode=2)
            await self._channel.default_exchange.publish(body, routing_key=self._queue.name)
        for message in self._held:
            await message.ack()
        held, self._held = len(self._held), []
        return held

    async def _keep(self, message: AbstractIncomingMessage) -> None:
        self._held.append(message)


@asynccontextmanager
async def intercepting(bus_url: str, queue: str, *, at_once: bool = True) -> AsyncIterator[QueueInterceptor]:
    """Holds a queue's messages; whatever is still held at the end goes back to its consumers.

    Unless `at_once`, it holds what comes after `take`, which is then a single call.
    """
    connection = await aio_pika.connect(bus_url)
    try:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=2000)
        made = QueueInterceptor(channel, await channel.get_queue(queue))
        if at_once:
            await made.take()
        yield made
    finally:
        await asyncio.shield(connection.close())
