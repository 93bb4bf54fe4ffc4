"""Consumes from RabbitMQ: subscriptions to durable queues, and listeners to transient messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Collection
from functools import partial

from aiormq.abc import DeliveredMessage
from aiormq.channel import Channel as RawChannel

from chassis.bus.base import Delivery, LocalDepth
from chassis.bus.live_buffer import LIVE_BUFFER_SIZE, LiveBuffer
from chassis.bus.rabbit.channels import SupervisedChannel, SupervisedConnection, within_timeout
from chassis.bus.topology import LIVE

log = logging.getLogger(__name__)

#: A limit of the whole channel, set once it consumes, keeps RabbitMQ 3 from consuming a quorum queue there again by
#: itself (docs/adr/0022). RabbitMQ 3 does so when the queue was deleted and declared again within some 30 ms, and then
#: assigns that consumer messages which it never sends. With the limit it cancels the consumer, as RabbitMQ 4 always
#: does.
NEVER_REACHED = 65_535


class RabbitSubscription(SupervisedChannel):
    """Consumes one queue. Tags continue over channels, so that the tag of an old delivery never settles a new one."""

    def __init__(self, connection: SupervisedConnection, queue: str, prefetch: int, watch_every: float) -> None:
        self._prefetch = prefetch
        self._arrived: asyncio.Queue[Delivery | None] = asyncio.Queue()
        self._current: RawChannel | None = None
        self._before = 0  # the last tag of all channels before the current one
        self._last = 0
        self._unsettled: set[int] = set()
        self._consumer: str | None = None
        self._cancelled = False
        self._idle_checks = 0
        super().__init__(connection, queue, watch_every=watch_every)

    @property
    def queue(self) -> str:
        """Returns the queue's name."""
        return self._what

    @property
    def local_depth(self) -> LocalDepth:
        """Counts this consumer as the broker does, and its unsettled deliveries.

        The broker also counts a cancelled consumer until the last of its deliveries is settled.
        """
        counts = self._current is not None and (not self._cancelled or bool(self._unsettled))
        return LocalDepth(int(counts), len(self._unsettled))

    async def next(self, limit: int = 1) -> list[Delivery]:
        """See `Subscription.next`."""
        delivery = await self._arrived.get()
        batch: list[Delivery] = []
        while delivery is not None:
            batch.append(delivery)
            if len(batch) == limit or self._arrived.empty():
                return batch
            delivery = self._arrived.get_nowait()
        self._arrived.put_nowait(None)  # for the next task that waits
        return batch

    async def confirm(self, delivery: Delivery) -> None:
        """Does nothing: the broker has confirmed the message once it was on disk."""

    async def ack(self, delivery: Delivery) -> None:
        """See `Subscription.ack`."""
        if (raw := self._settling([delivery.tag])) is not None:
            await self._quietly(raw.basic_ack(delivery.tag - self._before, wait=False))

    async def ack_through(self, delivery: Delivery) -> None:
        """See `Subscription.ack_through`."""
        tags = [tag for tag in self._unsettled if tag <= delivery.tag]
        if (raw := self._settling(tags)) is not None:
            await self._quietly(raw.basic_ack(max(tags) - self._before, multiple=True, wait=False))

    async def reject(self, delivery: Delivery) -> None:
        """See `Subscription.reject`."""
        if (raw := self._settling([delivery.tag])) is not None:
            await self._quietly(raw.basic_reject(delivery.tag - self._before, requeue=False, wait=False))

    async def cancel(self) -> None:
        """See `Subscription.cancel`."""
        if self._cancelled:
            return
        self._cancelled = True
        self._drop_arrived()
        self._arrived.put_nowait(None)
        if self._current is not None and self._consumer is not None:
            await self._quietly(self._current.basic_cancel(self._consumer))

    async def close(self) -> None:
        """See `Subscription.close`."""
        self._cancelled = True
        await super().close()
        self._arrived.put_nowait(None)

    async def _prepare(self, raw: RawChannel) -> None:
        if self._cancelled:
            return
        self._before = self._last
        self._current = raw
        await within_timeout(raw.basic_qos(prefetch_count=self._prefetch))
        started = await within_timeout(raw.basic_consume(self._what, partial(self._on_message, raw)))
        self._consumer = started.consumer_tag
        if str(raw.connection.server_properties.get("version")).startswith("3."):
            await within_timeout(raw.basic_qos(prefetch_count=NEVER_REACHED, global_=True))

    def _released(self) -> None:
        self._current = None
        self._unsettled.clear()
        self._drop_arrived()

    async def _alive(self, raw: RawChannel) -> bool:
        if self._cancelled:
            return True
        declared = await within_timeout(raw.queue_declare(self._what, passive=True))
        # another replica's consumer is counted too, so this one is also gone if it has nothing while messages wait,
        # twice in a row
        starving = bool(declared.message_count) and not self._unsettled
        self._idle_checks = self._idle_checks + 1 if starving else 0
        return bool(declared.consumer_count) and self._idle_checks < 2

    async def _on_message(self, raw: RawChannel, message: DeliveredMessage) -> None:
        if raw is not self._current or self._cancelled:
            return
        headers = message.header.properties.headers or {}
        self._idle_checks = 0
        self._last = self._before + (message.delivery_tag or 0)
        self._unsettled.add(self._last)
        death, first_queue = headers.get("x-first-death-reason"), headers.get("x-first-death-queue")
        self._arrived.put_nowait(
            Delivery(
                headers=headers,
                body=message.body,
                redelivered=bool(message.redelivered),
                tag=self._last,
                death=str(death) if death is not None else None,
                first_queue=str(first_queue) if first_queue is not None else None,
            )
        )

    def _settling(self, tags: Collection[int]) -> RawChannel | None:
        """Returns the channel on which to settle these tags; None where no channel is open or no tag is unsettled.

        The broker closes a channel that settles a delivery twice.
        """
        open_tags = self._unsettled.intersection(tags)
        self._unsettled -= open_tags
        return self._current if open_tags else None

    def _drop_arrived(self) -> None:
        while not self._arrived.empty():
            self._arrived.get_nowait()
        if self._cancelled:
            self._arrived.put_nowait(None)

    async def _quietly(self, call: Awaitable[object]) -> None:
        """Settles and ignores failures: when the channel is closed, the broker delivers again."""
        try:
            await within_timeout(call)
        except Exception as error:
            log.debug("%s: not settled: %s", self._what, error)


class RabbitListener(SupervisedChannel):
    """Receives transient messages over an exclusive queue, which every new channel declares again."""

    def __init__(self, connection: SupervisedConnection, keys: Collection[str], watch_every: float) -> None:
        self._keys = keys
        self._buffer = LiveBuffer()
        self._queue = ""
        super().__init__(connection, "live", watch_every=watch_every)

    async def next(self) -> tuple[str, bytes]:
        """See `Listener.next`."""
        return await self._buffer.next()

    async def close(self) -> None:
        """See `Listener.close`."""
        self._buffer.close()
        await super().close()

    async def _prepare(self, raw: RawChannel) -> None:
        declared = await within_timeout(
            raw.queue_declare(exclusive=True, auto_delete=True, arguments={"x-max-length": LIVE_BUFFER_SIZE})
        )
        self._queue = declared.queue or ""
        for key in self._keys:
            await within_timeout(raw.queue_bind(self._queue, LIVE, key))
        await within_timeout(raw.basic_consume(self._queue, self._on_message, no_ack=True))

    async def _alive(self, raw: RawChannel) -> bool:
        return bool((await within_timeout(raw.queue_declare(self._queue, passive=True))).consumer_count)

    async def _on_message(self, message: DeliveredMessage) -> None:
        self._buffer.put(message.routing_key or "", message.body)
