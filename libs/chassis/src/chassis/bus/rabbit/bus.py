"""Implements the bus as a whole: connections, declaring queues, subscriptions and listeners."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from aio_pika.abc import AbstractChannel
from aiormq import spec
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity, ChannelPreconditionFailed

from chassis.bus.base import BusAway, Creating, Depth, LocalDepth, Outcome, Outgoing, TopologyChanged
from chassis.bus.rabbit.channels import (
    ANSWER_TIMEOUT,
    WATCH_EVERY,
    SupervisedChannel,
    SupervisedConnection,
    backoff,
    within_timeout,
)
from chassis.bus.rabbit.consumers import RabbitListener, RabbitSubscription
from chassis.bus.rabbit.publisher import DOUBT_AFTER, Publisher
from chassis.bus.topology import DELIVERY_LIMIT, EVENTS, JOBS, LIVE, Queue, Topology

log = logging.getLogger(__name__)
K = TypeVar("K", bound=SupervisedChannel)

#: a doorbell that cannot be sent in this many seconds is lost
TRANSIENT_TIMEOUT = 1.0
#: never reached: it means "no limit" on 3.10, which has none by default, and on 4, which has 20
NO_DELIVERY_LIMIT = 2**31 - 1
_DECLARE_ATTEMPTS = 5


def queue_arguments(queue: Queue) -> dict[str, str | int]:
    """Returns the broker's arguments of a queue, each spelled out, so that no version's default decides."""
    arguments: dict[str, str | int] = {"x-queue-type": "quorum"}
    if queue.dead is None:
        return arguments | {"x-delivery-limit": NO_DELIVERY_LIMIT}
    arguments |= {
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue.dead,
        # at-least-once dead-lettering needs reject-publish, also where no length is set
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    if queue.max_length is not None:
        arguments["x-max-length"] = queue.max_length
    return arguments


class RabbitBus:
    """Connects a process to RabbitMQ by two connections, to publish and to consume: an alarm blocks only publishers."""

    system = "rabbitmq"

    def __init__(
        self, url: str, name: str, *, watch_every: float = WATCH_EVERY, doubt_after: float = DOUBT_AFTER
    ) -> None:
        self._watch_every = watch_every
        self._publishing = SupervisedConnection(url, f"{name} publish")
        self._consuming = SupervisedConnection(url, f"{name} consume")
        self._publisher = Publisher(self._publishing, f"{name} publisher", doubt_after)
        self._transient = SupervisedChannel(self._publishing, f"{name} bell")
        self._consumers: set[SupervisedChannel] = set()

    @classmethod
    async def connect(
        cls,
        url: str,
        name: str,
        *,
        wait: float | None = 30.0,
        watch_every: float = WATCH_EVERY,
        doubt_after: float = DOUBT_AFTER,
    ) -> RabbitBus:
        """Connects within `wait` seconds; with None it returns at once and connects as soon as the broker answers.

        `name` identifies the connection for the broker's operator. Raises ConnectionError when no broker answered in
        time.
        """
        bus = cls(url, name, watch_every=watch_every, doubt_after=doubt_after)
        if wait is None:
            return bus
        try:
            async with asyncio.timeout(wait):
                await bus._consuming.up.wait()
                await bus._publisher.tried.wait()
        except TimeoutError:
            await bus.close()
            parts, why = urlsplit(url), bus._publishing.failure  # never the whole address: it holds the password
            where = f"{parts.hostname}:{parts.port or 5672}"
            raise ConnectionError(f"no RabbitMQ answered at {where} for {wait:g} s ({why})") from None
        return bus

    @property
    def connected(self) -> bool:
        """Tells whether there is an open channel to publish on."""
        return self._publisher.raw is not None and not self._publisher.raw.is_closed

    def in_memory_ids(self) -> Collection[UUID]:
        """Returns nothing: the broker holds what it has confirmed."""
        return ()

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        """See `Bus.declare`. Waits for the broker. Raises `TopologyChanged`, or `BusAway` if each try loses the broker.

        RabbitMQ closes the connection (541) on a queue that is declared during its deletion: then this tries again.
        """
        for failures in range(_DECLARE_ATTEMPTS):
            try:
                await self._declare(topology, creating)
                break
            except (AMQPError, OSError, RuntimeError) as error:  # the last: for what was closed
                if failures == _DECLARE_ATTEMPTS - 1:
                    raise BusAway from error
                await asyncio.sleep(backoff(failures))

    async def _declare(self, topology: Topology, creating: Creating | None) -> None:
        channel = await self._consuming.channel()
        try:
            if creating is not None:
                await self._announce_missing(topology, creating)
            await within_timeout(channel.declare_exchange(JOBS, "direct", durable=True))
            await within_timeout(channel.declare_exchange(EVENTS, "topic", durable=True))
            await within_timeout(channel.declare_exchange(LIVE, "topic", durable=True))
        finally:
            with suppress(Exception):
                await within_timeout(channel.close())
        changed = await self._redeclared(topology.queues)
        for name, detail in changed.items():  # after the others are declared
            raise TopologyChanged(name, detail)

    async def _redeclared(self, queues: Collection[Queue]) -> dict[str, str]:
        """Declares queues, and returns what the broker says of those that exist with other arguments."""
        changed: dict[str, str] = {}
        left = [*queues]
        while left:
            channel = await self._consuming.channel()  # the broker closes that on which it has refused a queue
            try:
                while left:
                    queue = left.pop(0)
                    await self._declare_queue(channel, queue)
            except TopologyChanged as error:
                changed[error.queue] = error.detail
            finally:
                with suppress(Exception):
                    await within_timeout(channel.close())
        return changed

    async def delete(self, queues: Collection[str]) -> None:
        """Deletes queues with all that is in them; one that is not there counts as deleted. Raises `BusAway`."""
        channel = await self._consuming.channel()
        try:
            for name in queues:
                await within_timeout(channel.queue_delete(name))
        except (AMQPError, OSError, RuntimeError) as error:
            raise BusAway from error
        finally:
            with suppress(Exception):
                await within_timeout(channel.close())

    async def changed(self, queues: Collection[Queue]) -> dict[str, str]:
        """See `Bus.changed`. Declares those that exist: only a declaration compares arguments."""
        if not self._consuming.up.is_set():
            raise BusAway
        try:
            return await self._redeclared([queue for queue in queues if await self._exists("queue", queue.name)])
        except (AMQPError, OSError, RuntimeError) as error:
            raise BusAway from error

    @property
    def version(self) -> str | None:
        """See `Bus.version`."""
        return self._consuming.version

    async def _announce_missing(self, topology: Topology, creating: Creating) -> None:
        bare = [exchange for exchange in (JOBS, EVENTS) if not await self._exists("exchange", exchange)]
        for queue in topology.queues:
            if queue.exchange in bare or not await self._exists("queue", queue.name):
                await creating(queue.name)

    async def _exists(self, what: Literal["exchange", "queue"], name: str) -> bool:
        """Tells whether the exchange or queue exists; when it does not, the broker closes the channel."""
        channel = await self._consuming.channel()
        try:
            if what == "exchange":
                await within_timeout(channel.get_exchange(name))
            else:
                await within_timeout(channel.get_queue(name))
        except ChannelNotFoundEntity:
            return False
        finally:
            with suppress(Exception):
                await within_timeout(channel.close())
        return True

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """See `Bus.publish`. `UNKNOWN` after `PUBLISH_TIMEOUT`, and at once while there is no connection."""
        return self._publisher.publish(outgoing)

    async def subscribe(self, queue: str, prefetch: int) -> RabbitSubscription:
        """See `Bus.subscribe`. While the broker is away it returns at once; deliveries start when it is back."""
        subscription = RabbitSubscription(self._consuming, queue, prefetch, self._watch_every)
        return await self._started(subscription)

    async def publish_transient(self, key: str, body: bytes) -> None:
        """See `Bus.publish_transient`."""
        raw = self._transient.raw
        if raw is None:
            return
        with suppress(Exception):
            await within_timeout(
                raw.basic_publish(
                    body,
                    exchange=LIVE,
                    routing_key=key,
                    properties=spec.Basic.Properties(delivery_mode=1),
                    timeout=TRANSIENT_TIMEOUT,
                    wait=False,
                )
            )

    async def listen(self, *keys: str) -> RabbitListener:
        """See `Bus.listen`. Messages sent while the connection is lost are lost."""
        return await self._started(RabbitListener(self._consuming, keys, self._watch_every))

    async def depth(self, queue: str) -> Depth | None:
        """See `Bus.depth`."""
        if not self._consuming.up.is_set():
            return None
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT):
                channel = await self._consuming.channel()
                try:
                    raw = await channel.get_underlay_channel()
                    declared = await within_timeout(raw.queue_declare(queue, passive=True))
                finally:
                    with suppress(Exception):
                        await within_timeout(channel.close())
        except Exception as error:
            log.debug("depth of %s: %r", queue, error)
            return None
        return Depth(declared.message_count or 0, declared.consumer_count or 0)

    def local_depth(self, queue: str) -> LocalDepth:
        """See `Bus.local_depth`."""
        depths = [
            channel.local_depth
            for channel in self._consumers
            if isinstance(channel, RabbitSubscription) and channel.queue == queue
        ]
        return LocalDepth(sum(one.consumers for one in depths), sum(one.unsettled for one in depths))

    async def close(self) -> None:
        """See `Bus.close`."""
        for channel in (*self._consumers, self._publisher, self._transient):
            await channel.close()
        await self._publishing.close()
        await self._consuming.close()

    async def _started(self, channel: K) -> K:
        try:
            await channel.first_try()
        except BaseException:
            await channel.close()
            raise
        self._consumers.add(channel)
        channel.task.add_done_callback(lambda _: self._consumers.discard(channel))
        return channel

    @staticmethod
    async def _declare_queue(channel: AbstractChannel, queue: Queue) -> None:
        try:
            declared = await within_timeout(
                channel.declare_queue(queue.name, durable=True, arguments=dict(queue_arguments(queue)))
            )
        except ChannelPreconditionFailed as error:
            raise TopologyChanged(queue.name, str(error)) from None
        for key in queue.keys:
            await within_timeout(declared.bind(queue.exchange, key))
