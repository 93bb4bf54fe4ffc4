"""Provides a made-up service at a bus, which declares its queues, sends and takes messages."""

import asyncio
from uuid import uuid4

from chassis.bus.base import Bus, Delivery, Outcome, Outgoing, Subscription
from chassis.bus.topology import Queue, Topology, dead_queue, event_queue

#: seconds after which something that must happen is taken not to happen
DEADLINE = 20.0


class BusClient:
    """Represents a service whose names are all its own, so that tests on one broker do not meet."""

    def __init__(self, bus: Bus, service: str) -> None:
        self.bus = bus
        self.service = service
        self.dead = dead_queue(service)
        self._sent: list[asyncio.Future[Outcome]] = []

    async def work(self, name: str = "work", max_length: int | None = None) -> str:
        """Declares a work queue; its key is its name."""
        queue = f"{self.service}.{name}"
        return await self._declare(Queue(queue, "jobs", (queue,), self.dead, max_length))

    async def events(self, name: str, *keys: str) -> str:
        """Declares a queue bound to these keys of the service, or to `#`."""
        return await self._declare(
            event_queue(self.service, name, [key if key == "#" else self.key(key) for key in keys])
        )

    def key(self, name: str) -> str:
        """Returns a routing key that only this test uses."""
        return f"{self.service}.{name}"

    def send(self, exchange: str, key: str, body: bytes = b"{}") -> "asyncio.Future[Outcome]":
        """Publishes a message without waiting: in memory, publishing ends only when the message is done with."""
        return self.publish(Outgoing(exchange, key, uuid4(), {"id": str(uuid4())}, body))

    def publish(self, outgoing: Outgoing) -> "asyncio.Future[Outcome]":
        """Publishes a message."""
        sent = self.bus.publish(outgoing)
        self._sent.append(sent)
        return sent

    def send_many(self, queue: str, count: int) -> "dict[bytes, asyncio.Future[Outcome]]":
        """Sends messages with different bodies to a work queue."""
        return {body: self.send("jobs", queue, body) for body in (b"%d" % number for number in range(count))}

    async def pass_by(self) -> None:
        """Sends a message through another queue and takes it, so that earlier messages have had time to arrive."""
        queue = await self.work(f"probe{uuid4().hex[:6]}")
        subscription = await self.bus.subscribe(queue, 1)
        self.send("jobs", queue)
        (delivery,) = await take(subscription, 1)
        await subscription.ack(delivery)
        await subscription.close()

    async def _declare(self, queue: Queue) -> str:
        await self.bus.declare(Topology((queue, Queue(self.dead, "jobs", (), None))))
        return queue.name


async def take(subscription: Subscription, count: int) -> list[Delivery]:
    """Returns the next `count` deliveries."""
    taken: list[Delivery] = []
    async with asyncio.timeout(DEADLINE):
        while len(taken) < count:
            taken += await subscription.next(count - len(taken))
    return taken


async def outcome(sent: "asyncio.Future[Outcome]") -> Outcome:
    """Returns how a publish ended."""
    async with asyncio.timeout(DEADLINE):
        return await sent


async def nothing_more(client: BusClient, queue: str) -> None:
    """Checks that the queue holds no other message: it would be delivered before one that passes by."""
    subscription = await client.bus.subscribe(queue, 10)
    more = asyncio.create_task(subscription.next(10))
    await client.pass_by()
    assert not more.done()
    await subscription.close()
    assert await more == []
