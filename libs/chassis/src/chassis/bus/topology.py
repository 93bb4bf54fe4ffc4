"""Derives the queues from the services' handlers, as data. No function here talks to a broker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

JOBS = "jobs"  #: direct exchange: commands, one queue each
EVENTS = "events"  #: topic exchange: durable facts
LIVE = "live"  #: topic exchange: transient doorbells and progress

#: a last resort: tries are counted in the database (with a low limit one bad message kills others, see docs/adr/0003)
DELIVERY_LIMIT = 20
#: commands that may wait in one work queue; the broker refuses more, and the outbox keeps them
WORK_QUEUE_MAX = 50_000


@dataclass(frozen=True, slots=True)
class Queue:
    """Describes a durable queue. `dead` is the queue of its rejected messages; None for a dead queue itself."""

    name: str
    exchange: Literal["jobs", "events"]
    keys: tuple[str, ...]
    dead: str | None
    max_length: int | None = None

    @property
    def service(self) -> str:
        """Names the service that consumes the queue."""
        return self.name.partition(".")[0]


@dataclass(frozen=True, slots=True)
class Topology:
    """Holds all queues, dead ones included."""

    queues: tuple[Queue, ...]

    def __add__(self, other: Topology) -> Topology:
        return Topology(self.queues + other.queues)

    def to_json(self) -> str:
        """Writes the queues as a JSON document, one object per queue, which `from_json` reads."""
        return json.dumps([asdict(queue) for queue in self.queues], indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Topology:
        """Reads a document of `to_json`."""
        return cls(tuple(Queue(**{**queue, "keys": tuple(queue["keys"])}) for queue in json.loads(text)))


def dead_queue(service: str) -> str:
    """Returns the one dead queue of a service."""
    return f"{service}.dead"


def work_queue(service: str, handler: str, key: str) -> Queue:
    """Returns the queue of a command's one handler: bounded, it refuses messages when it is full."""
    return Queue(f"{service}.{handler}", "jobs", (key,), dead_queue(service), WORK_QUEUE_MAX)


def event_queue(service: str, handler: str, keys: Iterable[str]) -> Queue:
    """Returns a subscriber's queue, without a limit: one full queue would make the relay resend to all subscribers."""
    return Queue(f"{service}.{handler}", "events", tuple(keys), dead_queue(service))
