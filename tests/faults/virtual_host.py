"""Gives a test every power over the product's virtual host of the broker."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import aio_pika
from aio_pika.abc import AbstractChannel
from aiormq.exceptions import ChannelNotFoundEntity

from chassis.bus.topology import Queue
from tests.brokers import Broker, make_virtual_hosts

#: what a queue that counts as full may hold; of publishes in flight it takes some more
ROOM = 1
_LIMIT = "full"


class VirtualHost:
    """Represents one virtual host, reached straight and not over a line that may be cut."""

    def __init__(self, broker: Broker, url: str) -> None:
        self._broker = broker
        self._url = url
        self._name = urlsplit(url).path.removeprefix("/")

    async def ready(self, *queues: str) -> int:
        """Counts the messages in queues, without those that a consumer holds."""
        async with self._channel() as channel:
            declared = [await channel.declare_queue(queue, passive=True) for queue in queues]
        return sum(queue.declaration_result.message_count or 0 for queue in declared)

    async def served(self, *queues: str) -> bool:
        """Tells whether each queue exists and has a consumer."""
        try:
            async with self._channel() as channel:
                declared = [await channel.declare_queue(queue, passive=True) for queue in queues]
        except ChannelNotFoundEntity:
            return False
        return all(queue.declaration_result.consumer_count for queue in declared)

    async def delete(self, queue: str) -> int:
        """Deletes a queue with all its messages; returns how many it held."""
        async with self._channel() as channel:
            deleted = await (await channel.get_queue(queue)).delete(if_unused=False, if_empty=False)
        return deleted.message_count or 0

    async def unbind(self, queue: Queue) -> None:
        """Takes a queue's bindings; it stays."""
        async with self._channel() as channel:
            bound = await channel.get_queue(queue.name)
            for key in queue.keys:
                await bound.unbind(queue.exchange, key)

    async def limit(self, queue: str) -> None:
        """Makes a queue full: from now on it refuses every message."""
        pattern, limit = f"^{queue.replace('.', '[.]')}$", json.dumps({"max-length": ROOM})
        await self._broker.control("set_policy", "-p", self._name, "--apply-to", "queues", _LIMIT, pattern, limit)

    async def unlimit(self) -> None:
        """Removes the limit of a queue."""
        await self._broker.control("clear_policy", "-p", self._name, _LIMIT)

    async def wipe(self) -> None:
        """Wipes exchanges, queues, messages and connections: an empty virtual host is left."""
        await self._broker.control("delete_vhost", self._name)
        await make_virtual_hosts(self._broker, [self._name])

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[AbstractChannel]:
        async with await aio_pika.connect(self._url) as connection:
            yield await connection.channel()
