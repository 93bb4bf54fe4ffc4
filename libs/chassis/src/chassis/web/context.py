"""Holds the data for an owner's requests: the parts of the service, and the content of one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from chassis.delivery.outbox import Bell, OutboxMessage
from chassis.errors import VoxbusError
from chassis.handler import Deps
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.web.principal import Principal

#: seconds that a write waits for another write with its key, or for an erasure
KEY_WAIT_S = 2.0
#: seconds that a request waits for a free connection, or for a new one
CONNECTION_WAIT_S = 1.0


class DeadlinePassed(VoxbusError):
    """Says that the deadline has passed: the transaction is rolled back unless it is committed."""


class Outbox(Protocol):
    """Describes the relay of a service, as its routes use it."""

    @property
    def over_budget(self) -> bool:
        """Tells whether too many messages wait to be published to add more."""

    def publish(self, messages: Sequence[OutboxMessage | Bell]) -> None:
        """Publishes messages that were just committed."""


@dataclass(frozen=True, kw_only=True)
class OwnerContext:
    """Holds the parts that the routes of one service share. `key` verifies principals; `deps` are the service's own."""

    service: str
    database: Database
    keys: Keys
    outbox: Outbox
    key: bytes
    #: the key before the installation's secret was turned, accepted for reading
    previous_key: bytes | None = None
    deps: Deps = field(default_factory=Deps)
    key_wait: float = KEY_WAIT_S
    connection_wait: float = CONNECTION_WAIT_S
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    #: seconds since 1970, used for the expiry of a principal
    wall_clock: Callable[[], float] = time.time


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """Holds the content of one request. `path` and `target` (with the query) are raw, as sent; `body` is complete.

    `deadline` is a time of the context's clock.
    """

    principal: Principal
    operation_id: UUID
    path: str
    target: str
    body: bytes
    deadline: float
    accept: str = ""
    if_match: str | None = None
    if_none_match: str | None = None
    idempotency_key: str | None = None
    #: the key of a provider that the client has sent
    provider_key: str | None = field(default=None, repr=False)
    #: whether no answer repeats a name of the request, which may be a key
    quiet: bool = False
