"""Holds what an owner's requests need: the parts of the service, and what came with one request."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from chassis.delivery.outbox import OutboxMessage
from chassis.errors import VoxbusError
from chassis.handler import Deps
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.web.principal import Principal

#: seconds that a write waits for another one with its key, or for an erasure
KEY_WAIT_S = 2.0


class DeadlinePassed(VoxbusError):
    """Says that the caller waits no longer: what is not committed is rolled back."""


class Outbox(Protocol):
    """Describes what the relay of a service is to its routes."""

    @property
    def over_budget(self) -> bool:
        """Tells whether so many messages wait to be published that no write should add to them."""

    def publish(self, messages: Sequence[OutboxMessage]) -> None:
        """Publishes what was just committed."""


@dataclass(frozen=True, kw_only=True)
class OwnerContext:
    """Holds what the routes of one service share. `key` signs its principals; `deps` are the service's own."""

    service: str
    database: Database
    keys: Keys
    outbox: Outbox
    key: bytes
    deps: Deps = field(default_factory=Deps)
    key_wait: float = KEY_WAIT_S
    #: seconds that pass, from any beginning
    clock: Callable[[], float] = time.monotonic
    #: seconds since 1970, by which a principal expires
    wall_clock: Callable[[], float] = time.time


@dataclass(frozen=True, kw_only=True, slots=True)
class Incoming:
    """Holds what came with one request. `path` and `target` (with the query) are raw, as sent; `body` is whole.

    `deadline` is a moment of the context's clock.
    """

    principal: Principal
    operation_id: UUID
    path: str
    target: str
    body: bytes
    deadline: float
    if_match: str | None = None
    if_none_match: str | None = None
    idempotency_key: str | None = None
