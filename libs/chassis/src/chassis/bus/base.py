"""Defines the interface of a bus: what the chassis needs of any broker, and nothing more.

The implementations `memory` and `rabbit` both pass one conformance suite (`tests/conformance`).
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chassis.bus.topology import Queue, Topology
from chassis.errors import DependencyDown, VoxbusError


class Closed(VoxbusError):
    """Reports that the listener was closed while a task waited for its next message."""


class UnknownQueue(VoxbusError):
    """Reports that the broker has no such queue: the topology was never applied."""

    def __init__(self, queue: str) -> None:
        super().__init__(f"the broker has no queue {queue!r}: run `voxbus topology apply` first")


class BusAway(DependencyDown):
    """Reports that the broker does not answer."""

    def __init__(self, name: str = "broker") -> None:
        super().__init__(name)


class TopologyChanged(VoxbusError):
    """Reports that a queue exists with other arguments than it is declared with now."""

    def __init__(self, queue: str, detail: str) -> None:
        self.queue = queue
        self.detail = detail
        super().__init__(f"queue {queue!r} exists with other arguments; a changed argument wants a new name: {detail}")


#: is called with the name of a queue
Creating = Callable[[str], Awaitable[None]]


class Outcome(enum.Enum):
    """Says how a publish ended. Only `CONFIRMED` lets the outbox row be deleted."""

    CONFIRMED = "confirmed"  #: every bound durable queue has it
    RETURNED = "returned"  #: no queue is bound to its key
    REFUSED = "refused"  #: a queue is full
    UNKNOWN = "unknown"  #: connection lost or no answer in time: it may have arrived


def ended(outcome: Outcome) -> asyncio.Future[Outcome]:
    """Returns a publish that has already ended, for implementations of a bus."""
    future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
    future.set_result(outcome)
    return future


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Holds one message to publish. `id` is the stable identity, not the AMQP message-id."""

    exchange: str
    key: str
    id: UUID
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True, eq=False)
class Delivery:
    """Holds one message as a queue delivered it. `tag` belongs to the bus; `death` is the reason of a dead letter."""

    headers: Mapping[str, object]
    body: bytes
    redelivered: bool
    tag: int
    death: str | None = None
    first_queue: str | None = None


@dataclass(frozen=True, slots=True)
class Depth:
    """Counts the messages of a queue that are `ready` for delivery, and its `consumers`, as the broker reports them.
    Messages that were delivered and not yet acked are not counted.

    For a quorum queue whose leader does not answer, RabbitMQ reports 0 and 0: without consumers the counts say nothing.
    """

    ready: int
    consumers: int


@dataclass(frozen=True, slots=True)
class LocalDepth:
    """Counts the `consumers` that one process has on a queue, and their `unsettled` deliveries."""

    consumers: int
    unsettled: int


class Subscription(Protocol):
    """Consumes one durable queue, on a channel of its own."""

    @property
    def queue(self) -> str:
        """Returns the queue's name."""

    async def next(self, limit: int = 1) -> list[Delivery]:
        """Waits for at least one delivery, then returns those that have already arrived, up to `limit`.

        Returns [] once the subscription is cancelled or closed, also to tasks that wait then. Several tasks may wait.
        """

    async def confirm(self, delivery: Delivery) -> None:
        """Tells the bus that the consumer's database has the message safe, though its work goes on.

        RabbitMQ has confirmed the publish long before.
        """

    async def ack(self, delivery: Delivery) -> None:
        """Settles a delivery for good. A failure is ignored: the broker delivers again and the inbox absorbs it.

        Settling a delivery twice, or after its channel was closed, does nothing; the same holds for `ack_through` and
        `reject`.
        """

    async def ack_through(self, delivery: Delivery) -> None:
        """Settles a delivery and every earlier one of this subscription."""

    async def reject(self, delivery: Delivery) -> None:
        """Puts a delivery into the dead queue of the service."""

    async def cancel(self) -> None:
        """Stops deliveries. Those that `next` has returned can still be acked."""

    async def close(self) -> None:
        """Closes the channel; deliveries that were not acked are delivered again."""


class Listener(Protocol):
    """Receives transient messages of the `live` exchange for this process. A slow reader loses the oldest ones."""

    async def next(self) -> tuple[str, bytes]:
        """Waits for the next message; returns (key, body). Raises `Closed` once the listener or its bus is closed."""

    async def close(self) -> None:
        """Stops listening."""


class Bus(Protocol):
    """Connects a process to a broker."""

    @property
    def system(self) -> str:
        """Returns the broker's name in traces, as OpenTelemetry lists it."""

    @property
    def connected(self) -> bool:
        """Tells whether the bus is connected, so that a publish can succeed now."""

    def in_memory_ids(self) -> Collection[UUID]:
        """Returns the ids of messages that the memory bus holds in this process: the sweep skips their outbox rows."""

    async def declare(self, topology: Topology, creating: Creating | None = None) -> None:
        """Declares all queues and bindings; idempotent. `creating` is called before a missing queue is made.

        It is also called for each queue of an exchange that is missing, and may be called twice for one queue.
        """

    async def changed(self, queues: Collection[Queue]) -> dict[str, str]:
        """Returns what the broker says of each of these queues that exists with other arguments, by name.

        Raises `BusAway`.
        """

    @property
    def version(self) -> str | None:
        """Returns the broker's version while there is a connection; None for the bus in memory."""

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        """Publishes a message and returns at once. The future never raises: a publish that fails ends as `UNKNOWN`.

        Messages published in one turn of the event loop may be sent together. Cancelling the future takes nothing back.
        """

    async def subscribe(self, queue: str, prefetch: int) -> Subscription:
        """Consumes a declared queue; the subscription recovers by itself after every fault. Raises `UnknownQueue`."""

    async def publish_transient(self, key: str, body: bytes) -> None:
        """Sends a transient message on `live`; it may be lost, and no failure is raised."""

    async def listen(self, *keys: str) -> Listener:
        """Receives transient messages with these keys (exact, or `#` for all); every replica receives them."""

    async def depth(self, queue: str) -> Depth | None:
        """Returns the broker's counts of a queue; None when the broker does not answer or has no such queue."""

    def local_depth(self, queue: str) -> LocalDepth:
        """Returns this process's own counts of a queue, which the broker does not report."""

    async def close(self) -> None:
        """Closes the connections. Handlers must have drained."""
