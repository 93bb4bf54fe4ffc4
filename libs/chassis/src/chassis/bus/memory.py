"""Implements the bus in the memory of one process, without a broker. It passes the suite that RabbitMQ passes.

A confirmation has another meaning. RabbitMQ confirms messages that are on its disk; a queue in memory confirms a
message only once its consumer has it in its database, and until then the outbox row stays.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.bus.base import Creating, Delivery, Depth, LocalDepth, Outcome, Outgoing, UnknownQueue, ended
from chassis.bus.live_buffer import LiveBuffer
from chassis.bus.topology import DELIVERY_LIMIT, Queue, Topology


class _Publish:
    """Holds one publish: the queues that have not confirmed it, and the future of its outcome."""

    def __init__(self, outgoing: Outgoing, queues: Iterable[str]) -> None:
        self.id = outgoing.id
        self.headers: Mapping[str, str] = dict(outgoing.headers)
        self.body = bytes(outgoing.body)
        self.unconfirmed = set(queues)
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class _QueuedMessage:
    """Holds a message in one queue. `first_queue` is the queue it was routed to, before it was dead-lettered."""

    publish: _Publish
    first_queue: str
    returned: int = 0
    death: str | None = None


@dataclass(slots=True, eq=False)
class _QueueState:
    """Holds a queue's ready messages and its subscriptions."""

    spec: Queue
    ready: deque[_QueuedMessage] = field(default_factory=deque)
    subscriptions: list[MemorySubscription] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.spec.max_length is not None and len(self.ready) >= self.spec.max_length

    def wake(self) -> None:
        for subscription in self.subscriptions:
            subscription.changed.set()


class MemorySubscription:
    """Consumes one queue. Messages stay in the queue until `next` takes them."""

    def __init__(self, bus: MemoryBus, state: _QueueState, prefetch: int) -> None:
        self.changed = asyncio.Event()
        self._bus = bus
        self._state = state
        self._prefetch = prefetch
        self._unacked: dict[int, _QueuedMessage] = {}
        self._last_tag = 0
        self._cancelled = False

    @property
    def queue(self) -> str:
        """Returns the queue's name."""
        return self._state.spec.name

    async def next(self, limit: int = 1) -> list[Delivery]:
        """See `Subscription.next`."""
        while not self._cancelled:
            room = min(limit, self._prefetch - len(self._unacked), len(self._state.ready))
            if room > 0:
                return [self._hand_out(self._state.ready.popleft()) for _ in range(room)]
            self.changed.clear()
            await self.changed.wait()
        return []

    async def confirm(self, delivery: Delivery) -> None:
        """See `Subscription.confirm`."""
        if queued := self._unacked.get(delivery.tag):
            self._bus.confirmed(queued.publish, queued.first_queue)

    async def ack(self, delivery: Delivery) -> None:
        """See `Subscription.ack`."""
        self._settle([delivery.tag])

    async def ack_through(self, delivery: Delivery) -> None:
        """See `Subscription.ack_through`."""
        self._settle([tag for tag in self._unacked if tag <= delivery.tag])

    async def reject(self, delivery: Delivery) -> None:
        """See `Subscription.reject`."""
        if queued := self._unacked.pop(delivery.tag, None):
            self._bus.dead_letter(queued, self._state.spec, "rejected")
            self.changed.set()

    async def cancel(self) -> None:
        """See `Subscription.cancel`."""
        self._cancelled = True
        self.changed.set()

    async def close(self) -> None:
        """See `Subscription.close`."""
        await self.cancel()
        if self in self._state.subscriptions:
            self._state.subscriptions.remove(self)
            self._give_back()

    def _hand_out(self, queued: _QueuedMessage) -> Delivery:
        self._last_tag += 1
        self._unacked[self._last_tag] = queued
        return Delivery(
            headers=queued.publish.headers,
            body=queued.publish.body,
            redelivered=queued.returned > 0,
            tag=self._last_tag,
            death=queued.death,
            first_queue=queued.first_queue if queued.death else None,
        )

    def _settle(self, tags: Iterable[int]) -> None:
        for tag in tags:
            if queued := self._unacked.pop(tag, None):
                self._bus.confirmed(queued.publish, queued.first_queue)
        self.changed.set()

    def _give_back(self) -> None:
        """Puts unacked deliveries back into the queue they were taken from, the oldest first."""
        for queued in reversed(self._unacked.values()):
            queued.returned += 1
            if queued.returned > DELIVERY_LIMIT and self._state.spec.dead is not None:
                self._bus.dead_letter(queued, self._state.spec, "delivery_limit")
            else:
                self._state.ready.appendleft(queued)
        self._unacked.clear()
        self._state.wake()


class MemoryListener:
    """Receives transient messages with certain keys."""

    def __init__(self, bus: MemoryBus, keys: Collection[str]) -> None:
        self._bus = bus
        self._keys = frozenset(keys)
        self._buffer = LiveBuffer()

    def offer(self, key: str, body: bytes) -> None:
        """Takes a message if the listener listens to its key."""
        if key in self._keys or "#" in self._keys:
            self._buffer.put(key, body)

    async def next(self) -> tuple[str, bytes]:
        """See `Listener.next`."""
        return await self._buffer.next()

    async def close(self) -> None:
        """See `Listener.close`."""
        self._buffer.close()
        self._bus.unregister(self)


class MemoryBus:
    """Implements a broker with a few dictionaries, which end with the process. The outbox resends lost messages."""

    system = "voxbus_memory"

    def __init__(self) -> None:
        self._queues: dict[str, _QueueState] = {}
        self._routes: dict[tuple[str, str], list[_QueueState]] = {}
        self._in_memory: dict[UUID, _Publish] = {}
        self._listeners: list[MemoryListener] = []
        self._closed = False

    @property
    def connected(self) -> bool:
        """Tells whether the bus is still open."""
        return not self._closed

    def in_memory_ids(self) -> Collection[UUID]:
        """Returns the ids that are published and not yet confirmed by every queue."""
        return self._in_memory.keys()

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        """See `Bus.declare`."""
        for queue in topology.queues:
            if creating is not None and queue.name not in self._queues:
                await creating(queue.name)
            state = self._queues.setdefault(queue.name, _QueueState(queue))
            for key in queue.keys:
                bound = self._routes.setdefault((queue.exchange, key), [])
                if state not in bound:
                    bound.append(state)

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """See `Bus.publish`.

        Waits without a time limit; publishing an id that is still held joins the one in flight.
        """
        if self._closed:
            return ended(Outcome.UNKNOWN)
        publish = self._in_memory.get(outgoing.id)
        if publish is None:
            bound = self._bound(outgoing.exchange, outgoing.key)
            if not bound:
                return ended(Outcome.RETURNED)
            if any(state.full for state in bound):
                return ended(Outcome.REFUSED)
            publish = _Publish(outgoing, (state.spec.name for state in bound))
            self._in_memory[publish.id] = publish
            for state in bound:
                state.ready.append(_QueuedMessage(publish, state.spec.name))
                state.wake()
        # shielded: a publisher that gives up removes no message from the queues
        return asyncio.shield(publish.outcome)

    async def subscribe(self, queue: str, prefetch: int) -> MemorySubscription:
        """See `Bus.subscribe`."""
        if queue not in self._queues:
            raise UnknownQueue(queue)
        state = self._queues[queue]
        subscription = MemorySubscription(self, state, prefetch)
        state.subscriptions.append(subscription)
        return subscription

    async def publish_transient(self, key: str, body: bytes) -> None:
        """See `Bus.publish_transient`."""
        for listener in self._listeners:
            listener.offer(key, bytes(body))

    async def listen(self, *keys: str) -> MemoryListener:
        """See `Bus.listen`."""
        listener = MemoryListener(self, keys)
        self._listeners.append(listener)
        return listener

    async def changed(self, queues: Collection[Queue]) -> dict[str, str]:
        """Returns nothing: its queues are as they are declared."""
        return {}

    @property
    def version(self) -> str | None:
        """See `Bus.version`."""
        return None

    async def depth(self, queue: str) -> Depth | None:
        """See `Bus.depth`."""
        state = None if self._closed else self._queues.get(queue)
        return Depth(len(state.ready), len(state.subscriptions)) if state is not None else None

    def local_depth(self, queue: str) -> LocalDepth:
        """See `Bus.local_depth`."""
        subscriptions = self._queues[queue].subscriptions if queue in self._queues else []
        return LocalDepth(len(subscriptions), sum(len(subscription._unacked) for subscription in subscriptions))

    async def close(self) -> None:
        """Closes every subscription and listener, and ends each open publish as `UNKNOWN`."""
        self._closed = True
        for state in self._queues.values():
            for subscription in tuple(state.subscriptions):
                await subscription.close()
        for listener in tuple(self._listeners):
            await listener.close()
        for publish in self._in_memory.values():
            publish.outcome.set_result(Outcome.UNKNOWN)
        self._in_memory.clear()

    def confirmed(self, publish: _Publish, queue: str) -> None:
        """Notes that a queue's consumer has stored a message; the last such queue ends the publish."""
        publish.unconfirmed.discard(queue)
        if not publish.unconfirmed and not publish.outcome.done():
            del self._in_memory[publish.id]
            publish.outcome.set_result(Outcome.CONFIRMED)

    def dead_letter(self, queued: _QueuedMessage, queue: Queue, reason: str) -> None:
        """Moves a copy of a message to the queue's dead queue; without one it is dropped, as on RabbitMQ."""
        if queue.dead is None:
            self.confirmed(queued.publish, queued.first_queue)
            return
        dead = self._queues[queue.dead]
        dead.ready.append(_QueuedMessage(queued.publish, queued.first_queue, death=reason))
        dead.wake()

    def unregister(self, listener: MemoryListener) -> None:
        """Stops handing transient messages to this listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _bound(self, exchange: str, key: str) -> list[_QueueState]:
        if not exchange:
            return [self._queues[key]] if key in self._queues else []
        bound = [*self._routes.get((exchange, key), ()), *self._routes.get((exchange, "#"), ())]
        return list(dict.fromkeys(bound))
