"""Describes a resource as its author does, and runs its service alone, for the conformance suite of resources."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chassis.bus.memory import MemoryBus
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.media import Media
from chassis.testing import Harness, fresh_database, running
from chassis.web.access import ROLES
from chassis.web.operation import Method, Operation
from chassis.web.principal import ANONYMOUS, Principal, principal_key
from chassis.web.testing import Caller, in_process, signed_in
from contracts.base import Json


@dataclass(frozen=True, slots=True)
class Filter:
    """Describes a query parameter of a list: a value, the items that pass it, and an invalid value."""

    value: str
    lets_through: Callable[[Json], bool]
    wrong: str


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Describes one managed resource, by the facts that only its author knows; the others are read from its routes.

    `body(n)` is a valid body for each n from 0, no two with an equal sort key; `patch` changes `body(0)`, and changes
    nothing when applied twice. `filters` are the list's; `sorts` are the values of `sort`, where a leading “-” means
    descending.
    """

    service: Service
    path: str
    body: Callable[[int], Json]
    patch: Json
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: tuple[str, ...] = ("id",)

    @property
    def item(self) -> str:
        """Returns the path template of one item."""
        return f"{self.path}/{{id}}"

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Returns every operation of its service."""
        return tuple(operation for each in self.service.routes for operation in each.operations)

    def operation(self, method: Method, path: str) -> Operation:
        """Returns one of the resource's five operations."""
        [found] = [each for each in self.operations if (each.method, each.path) == (method, path)]
        return found

    @property
    def is_own(self) -> bool:
        """Tells whether each item belongs to one person, so that others do not see it."""
        return "own" in self.operation("PATCH", self.item).access

    @property
    def is_public(self) -> bool:
        """Tells whether everybody may read it."""
        return self.operation("GET", self.path).access == ("public",)

    def writer(self) -> Principal:
        """Returns a new person who may write."""
        roles = sorted(ROLES & set(self.operation("PATCH", self.item).access))
        return signed_in(*roles[:1])

    def stranger(self) -> Principal:
        """Returns a new person who may not write, or who owns no item."""
        return signed_in()

    def reader(self) -> Principal | None:
        """Returns another person who may read: anybody for a public resource, nobody for a person's own."""
        return ANONYMOUS if self.is_public else None


@asynccontextmanager
async def owner_alone(service: Service, server_url: str, media: Media) -> AsyncIterator[tuple[Harness, Caller]]:
    """Runs one service on a new database and a bus in memory; yields it with a caller of its routes, anonymous."""
    secret = secrets.token_hex(32)
    bus = MemoryBus()
    operations = [operation for each in service.routes for operation in each.operations]
    async with fresh_database(server_url, [service]) as url:
        settings = Settings(port=0, database_url=url, look_every=0.1, secret_key=secret)
        async with running([service], url, bus, media, settings) as harness:
            key = principal_key(service.name, secret=secret, given=None)
            exchange = in_process(harness.owners[service.name])
            yield harness, Caller(exchange=exchange, service=service.name, key=key, operations=operations)
    await bus.close()
