"""The seam of the bus: what the chassis needs of any broker, and nothing more.

Two implementations, held to one conformance suite (`tests/conformance`): `memory` and `rabbit`.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chassis.bus.topology import Topology
from chassis.errors import DependencyDown, VoxbusError


class Closed(VoxbusError):
    """The listener was closed while someone waited for its next message."""


class UnknownQueue(VoxbusError):
    """The broker answers and has no such queue: the topology was never applied."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"the broker has no queue {queue!r}: run `voxbus topology apply` first")


class BusAway(DependencyDown):
    """The broker does not answer."""

    def __init__(self, name: str = "broker") -> None:
        super().__init__(name)


class TopologyChanged(VoxbusError):
    """A queue exists with other arguments than it is declared with now."""

    def __init__(self, queue: str, detail: str) -> None:
        self.queue = queue
        super().__init__(f"queue {queue!r} exists with other arguments; a changed argument wants a new name: {detail}")


#: is told the name of a queue
Creating = Callable[[str], Awaitable[None]]


class Outcome(enum.Enum):
    """How a publish ended. Only `CONFIRMED` lets the outbox row go."""

    CONFIRMED = "confirmed"  #: every bound durable queue has it
    RETURNED = "returned"  #: no queue is bound to its key
    REFUSED = "refused"  #: a queue is full
    UNKNOWN = "unknown"  #: connection lost or no answer in time: it may have arrived


def ended(outcome: Outcome) -> asyncio.Future[Outcome]:
    """A publish that has ended already; for those who write a bus."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    future.set_result(outcome)
    return future


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish. `id` is the stable identity, not the AMQP message-id."""

    exchange: str
    key: str
    id: UUID
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, eq=False)
class Delivery:
    """One message as it came from a queue. `tag` belongs to the bus. `death` is why a dead letter died, there."""

    headers: Mapping[str, object]
    body: bytes
    redelivered: bool
    tag: int
    death: str | None = None
    first_queue: str | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """What a broker tells of a queue: messages `ready` for delivery, and `consumers`. Not what these have not acked.

    A quorum queue whose leader does not answer is told as 0 and 0: without consumers, nothing is known.
    """

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class LocalDepth:
    """What one process has of a queue: its own `consumers`, and the deliveries that these have `unsettled`."""

    consumers: int
    unsettled: int


class Subscription(Protocol):
    """One consumer of one durable queue, on a channel of its own."""

    @property
    def queue(self) -> str:
        """The queue's name."""

    async def next(self, limit: int = 1) -> list[Delivery]:
        """Wait for at least one delivery, then return what has already arrived, up to `limit`. No linger.

        Returns [] once the subscription is cancelled or closed; who waits then is woken. Several tasks may wait.
        """

    async def confirm(self, delivery: Delivery) -> None:
        """It is safe in the consumer's database though its work goes on. RabbitMQ has confirmed long before."""

    async def ack(self, delivery: Delivery) -> None:
        """Done with it. A failure is ignored: the broker delivers again and the inbox absorbs.

        So is settling, in any of these ways, what was settled before or came over a channel that is gone.
        """

    async def ack_through(self, delivery: Delivery) -> None:
        """Done with it and every delivery of this subscription before it."""

    async def reject(self, delivery: Delivery) -> None:
        """Put it into the dead queue of the service."""

    async def cancel(self) -> None:
        """Stop deliveries. What `next` has returned can still be acked."""

    async def close(self) -> None:
        """Close the channel: what was not acked is delivered again."""


class Listener(Protocol):
    """Transient messages of the `live` exchange, for this process alone. Slow readers lose the oldest."""

    async def next(self) -> tuple[str, bytes]:
        """Wait for the next (key, body). Raises `Closed` once the listener or its bus is closed."""

    async def close(self) -> None:
        """Stop listening."""


class Bus(Protocol):
    """A broker."""

    @property
    def connected(self) -> bool:
        """Whether a publish has a chance now."""

    def in_memory_ids(self) -> Collection[UUID]:
        """Ids of messages that live in this process's own memory: their outbox rows need no sweeping (memory bus)."""

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        """Declare all queues and bindings; idempotent. `creating` is called before a queue is made that is not there.

        So it is for each queue of an exchange that is not there. It may be called twice for one.
        """

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """Publish; returns at once. The future never raises for what happens on the way: that is `UNKNOWN`.

        What one turn of the event loop publishes may leave together. Whoever cancels the future takes nothing back.
        """

    async def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consume a declared queue; comes back by itself after every fault. Raises `UnknownQueue`."""

    async def publish_transient(self, key: str, body: bytes) -> None:
        """Send a transient message on `live`; may be lost freely, never raises."""

    async def listen(self, *keys: str) -> Listener:
        """Hear transient messages with these keys (exact, or `#` for all), in all replicas alike."""

    async def depth(self, queue: str) -> Depth | None:
        """What the broker tells of a queue now; None when it does not answer or has no such queue."""

    def local_depth(self, queue: str) -> LocalDepth:
        """What this process holds of a queue: what a broker does not tell."""

    async def close(self) -> None:
        """Close connections. Handlers must have drained."""
