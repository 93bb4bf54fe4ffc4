"""Describes a resource as its author does, and runs its service alone, for the conformance suite of resources."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.media import Media
from chassis.testing import LOOK_EVERY_S, Harness, running
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


#: makes the n-th item of a person, where no route does, and returns its id
Seed = Callable[[Harness, UUID, int], Awaitable[UUID]]


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Describes one resource, by the facts that only its author knows; the others are read from its routes.

    It has a list at least. `body(n)` is a valid body for each n from 0, no two with an equal sort key; `patch` changes
    `body(0)`, and changes nothing when applied twice; `seed` makes an item where there is no POST. `filters` are the
    list's; `sorts` are the values of `sort`, the default first, where a leading “-” means descending.
    """

    service: Service
    path: str
    body: Callable[[int], Json] = lambda _: {}
    patch: Json = field(default_factory=dict)
    seed: Seed | None = None
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
        """Returns one of the resource's operations. Raises LookupError where there is none."""
        found = [each for each in self.operations if (each.method, each.path) == (method, path)]
        if not found:
            raise LookupError(f"{method} {path}")
        return found[0]

    def has(self, method: Method, path: str) -> bool:
        """Tells whether the resource has an operation."""
        return any((each.method, each.path) == (method, path) for each in self.operations)

    @property
    def changing(self) -> tuple[Method, ...]:
        """Returns the methods that change one item."""
        methods: tuple[Method, ...] = ("PATCH", "DELETE")
        return tuple(method for method in methods if self.has(method, self.item))

    @property
    def acts(self) -> tuple[Operation, ...]:
        """Returns the quick writes that do something to one item, by a POST below it."""
        below = [each for each in self.operations if each.path.startswith(f"{self.item}/")]
        return tuple(each for each in below if each.method == "POST" and each.writes)

    @property
    def writes(self) -> tuple[Operation, ...]:
        """Returns the resource's quick writes."""
        own = [each for each in self.operations if each.path in (self.path, self.item) and each.writes]
        return (*own, *self.acts)

    @property
    def shown(self) -> Operation:
        """Returns the operation that shows one item; the list where there is none."""
        return self.operation("GET", self.item if self.has("GET", self.item) else self.path)

    @property
    def is_versioned(self) -> bool:
        """Tells whether each item has a version, which a change raises."""
        return self.has("GET", self.item) and "version" in self.shown.answer.model_fields

    @property
    def shown_once(self) -> frozenset[str]:
        """Returns the names of fields that are shown only to whoever makes an item, in the answer to that."""
        if not self.has("POST", self.path):
            return frozenset()
        made, shown = self.operation("POST", self.path).answer, self.shown.answer
        return frozenset(made.model_fields) - frozenset(shown.model_fields)

    @property
    def is_own(self) -> bool:
        """Tells whether each item belongs to one person, so that others do not see it."""
        return any("own" in each.access for each in self.writes)

    @property
    def is_public(self) -> bool:
        """Tells whether everybody may read it."""
        return self.operation("GET", self.path).access == ("public",)

    def writer(self) -> Principal:
        """Returns a new person who may write."""
        roles = sorted(ROLES & set(self.writes[0].access))
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
    async with fresh_database(server_url, [service], filled=True) as url:
        settings = Settings(port=0, database_url=url, look_every=LOOK_EVERY_S, secret_key=secret)
        async with running([service], url, bus, media, settings) as harness:
            key = principal_key(service.name, secret=secret, given=None)
            exchange = in_process(harness.owners[service.name])
            yield harness, Caller(exchange=exchange, service=service.name, key=key, operations=operations)
    await bus.close()
