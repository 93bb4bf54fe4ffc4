"""The bus in the memory of one process: no broker, the same behaviour. Held to the suite that RabbitMQ is held to.

What differs is what a confirmation means. RabbitMQ confirms what is on its disk; here nothing is, so a bound queue
confirms only once its consumer has the message in its database, and until then the outbox row stays.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from chassis.bus.base import Creating, Delivery, Depth, Holding, Outcome, Outgoing, UnknownQueue, ended
from chassis.bus.live import Heard
from chassis.bus.topology import DELIVERY_LIMIT, Queue, Topology


class _Parcel:
    """One publish: which queues have not confirmed it, and who waits for that."""

    def __init__(self, outgoing: Outgoing, queues: Iterable[str]) -> None:
        self.id = outgoing.id
        self.headers: Mapping[str, str] = dict(outgoing.headers)
        self.body = bytes(outgoing.body)
        self.unconfirmed = set(queues)
        self.outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()


@dataclass(slots=True, eq=False)
class _Copy:
    """A parcel in one queue. `first_queue` is the queue it was routed to, wherever it lies now."""

    parcel: _Parcel
    first_queue: str
    returned: int = 0
    death: str | None = None


@dataclass(slots=True, eq=False)
class _Store:
    """A queue's content: what is ready, and who consumes it."""

    spec: Queue
    ready: deque[_Copy] = field(default_factory=deque)
    subscriptions: list[MemorySubscription] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return self.spec.max_length is not None and len(self.ready) >= self.spec.max_length

    def wake(self) -> None:
        for subscription in self.subscriptions:
            subscription.stirred.set()


class MemorySubscription:
    """One consumer of one queue. What nobody has asked for yet stays in the queue."""

    def __init__(self, bus: MemoryBus, store: _Store, prefetch: int) -> None:
        self.stirred = asyncio.Event()
        self._bus = bus
        self._store = store
        self._prefetch = prefetch
        self._unacked: dict[int, _Copy] = {}
        self._last_tag = 0
        self._cancelled = False

    @property
    def queue(self) -> str:
        """The queue's name."""
        return self._store.spec.name

    async def next(self, limit: int = 1) -> list[Delivery]:
        """See `Subscription.next`."""
        while not self._cancelled:
            room = min(limit, self._prefetch - len(self._unacked), len(self._store.ready))
            if room > 0:
                return [self._hand_out(self._store.ready.popleft()) for _ in range(room)]
            self.stirred.clear()
            await self.stirred.wait()
        return []

    async def confirm(self, delivery: Delivery) -> None:
        """See `Subscription.confirm`."""
        if copy := self._unacked.get(delivery.tag):
            self._bus.confirmed(copy.parcel, copy.first_queue)

    async def ack(self, delivery: Delivery) -> None:
        """See `Subscription.ack`."""
        self._settle([delivery.tag])

    async def ack_through(self, delivery: Delivery) -> None:
        """See `Subscription.ack_through`."""
        self._settle([tag for tag in self._unacked if tag <= delivery.tag])

    async def reject(self, delivery: Delivery) -> None:
        """See `Subscription.reject`."""
        if copy := self._unacked.pop(delivery.tag, None):
            self._bus.bury(copy, self._store.spec, "rejected")
            self.stirred.set()

    async def cancel(self) -> None:
        """See `Subscription.cancel`."""
        self._cancelled = True
        self.stirred.set()

    async def close(self) -> None:
        """See `Subscription.close`."""
        await self.cancel()
        if self in self._store.subscriptions:
            self._store.subscriptions.remove(self)
            self._give_back()

    def _hand_out(self, copy: _Copy) -> Delivery:
        self._last_tag += 1
        self._unacked[self._last_tag] = copy
        return Delivery(
            headers=copy.parcel.headers,
            body=copy.parcel.body,
            redelivered=copy.returned > 0,
            tag=self._last_tag,
            death=copy.death,
            first_queue=copy.first_queue if copy.death else None,
        )

    def _settle(self, tags: Iterable[int]) -> None:
        for tag in tags:
            if copy := self._unacked.pop(tag, None):
                self._bus.confirmed(copy.parcel, copy.first_queue)
        self.stirred.set()

    def _give_back(self) -> None:
        """Put what was not acked back where it was taken from, the oldest in front."""
        for copy in reversed(self._unacked.values()):
            copy.returned += 1
            if copy.returned > DELIVERY_LIMIT and self._store.spec.dead is not None:
                self._bus.bury(copy, self._store.spec, "delivery_limit")
            else:
                self._store.ready.appendleft(copy)
        self._unacked.clear()
        self._store.wake()


class MemoryListener:
    """Transient messages with some keys."""

    def __init__(self, bus: MemoryBus, keys: Collection[str]) -> None:
        self._bus = bus
        self._keys = frozenset(keys)
        self._heard = Heard()

    def hear(self, key: str, body: bytes) -> None:
        """Take a message if it is one of ours."""
        if key in self._keys or "#" in self._keys:
            self._heard.put(key, body)

    async def next(self) -> tuple[str, bytes]:
        """See `Listener.next`."""
        return await self._heard.next()

    async def close(self) -> None:
        """See `Listener.close`."""
        self._heard.close()
        self._bus.forget(self)


class MemoryBus:
    """A broker that is a few dictionaries. It dies with its process; the outbox publishes again what it still held."""

    def __init__(self) -> None:
        self._stores: dict[str, _Store] = {}
        self._routes: dict[tuple[str, str], list[_Store]] = {}
        self._held: dict[UUID, _Parcel] = {}
        self._listeners: list[MemoryListener] = []
        self._closed = False

    @property
    def connected(self) -> bool:
        """True until it is closed."""
        return not self._closed

    def held(self) -> Collection[UUID]:
        """Ids published and not yet confirmed by every queue."""
        return self._held.keys()

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        """See `Bus.declare`."""
        for queue in topology.queues:
            if creating is not None and queue.name not in self._stores:
                await creating(queue.name)
            store = self._stores.setdefault(queue.name, _Store(queue))
            for key in queue.keys:
                bound = self._routes.setdefault((queue.exchange, key), [])
                if store not in bound:
                    bound.append(store)

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """See `Bus.publish`. Waits as long as it takes; an id still held joins the publish in flight."""
        if self._closed:
            return ended(Outcome.UNKNOWN)
        parcel = self._held.get(outgoing.id)
        if parcel is None:
            bound = self._bound(outgoing.exchange, outgoing.key)
            if not bound:
                return ended(Outcome.RETURNED)
            if any(store.full for store in bound):
                return ended(Outcome.REFUSED)
            parcel = _Parcel(outgoing, (store.spec.name for store in bound))
            self._held[parcel.id] = parcel
            for store in bound:
                store.ready.append(_Copy(parcel, store.spec.name))
                store.wake()
        # shielded: a publisher that gives up takes nothing out of the queues
        return asyncio.shield(parcel.outcome)

    async def subscribe(self, queue: str, prefetch: int) -> MemorySubscription:
        """See `Bus.subscribe`."""
        if queue not in self._stores:
            raise UnknownQueue(queue)
        store = self._stores[queue]
        subscription = MemorySubscription(self, store, prefetch)
        store.subscriptions.append(subscription)
        return subscription

    async def ring(self, key: str, body: bytes) -> None:
        """See `Bus.ring`."""
        for listener in self._listeners:
            listener.hear(key, bytes(body))

    async def listen(self, *keys: str) -> MemoryListener:
        """See `Bus.listen`."""
        listener = MemoryListener(self, keys)
        self._listeners.append(listener)
        return listener

    async def depth(self, queue: str) -> Depth | None:
        """See `Bus.depth`."""
        store = None if self._closed else self._stores.get(queue)
        return Depth(len(store.ready), len(store.subscriptions)) if store is not None else None

    def holding(self, queue: str) -> Holding:
        """See `Bus.holding`."""
        subscriptions = self._stores[queue].subscriptions if queue in self._stores else []
        return Holding(len(subscriptions), sum(len(subscription._unacked) for subscription in subscriptions))

    async def close(self) -> None:
        """End what waits: publishes as `UNKNOWN`, subscriptions and listeners as closed."""
        self._closed = True
        for store in self._stores.values():
            for subscription in tuple(store.subscriptions):
                await subscription.close()
        for listener in tuple(self._listeners):
            await listener.close()
        for parcel in self._held.values():
            parcel.outcome.set_result(Outcome.UNKNOWN)
        self._held.clear()

    def confirmed(self, parcel: _Parcel, queue: str) -> None:
        """A queue has it safe; the last one of them ends the publish."""
        parcel.unconfirmed.discard(queue)
        if not parcel.unconfirmed and not parcel.outcome.done():
            del self._held[parcel.id]
            parcel.outcome.set_result(Outcome.CONFIRMED)

    def bury(self, copy: _Copy, queue: Queue, reason: str) -> None:
        """Move a copy to the queue's dead queue; without one it is gone, as on RabbitMQ."""
        if queue.dead is None:
            self.confirmed(copy.parcel, copy.first_queue)
            return
        dead = self._stores[queue.dead]
        dead.ready.append(_Copy(copy.parcel, copy.first_queue, death=reason))
        dead.wake()

    def forget(self, listener: MemoryListener) -> None:
        """Stop handing transient messages to this listener."""
        if listener in self._listeners:
            self._listeners.remove(listener)

    def _bound(self, exchange: str, key: str) -> list[_Store]:
        if not exchange:
            return [self._stores[key]] if key in self._stores else []
        bound = [*self._routes.get((exchange, key), ()), *self._routes.get((exchange, "#"), ())]
        return list(dict.fromkeys(bound))
