"""Opens a service for a replay as its process does, but serves nothing, consumes nothing and starts no loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Topology
from chassis.delivery.activity import activity_handler
from chassis.delivery.consumer import Consumer
from chassis.delivery.export_part import export_handler_name
from chassis.delivery.person_erasure import erase_handler
from chassis.delivery.relay import Relay
from chassis.errors import VoxbusError
from chassis.handler import Deps, Handler
from chassis.observe.health import Watchdog
from chassis.privacy.consents import consents_of
from chassis.privacy.retention import retention_of
from chassis.replay.dry_database import DryDatabase
from chassis.replay.dry_stores import DryMedia, dry_keys
from chassis.replay.rows import tables_of
from chassis.service import CANCEL_HANDLER, Platform, Service
from chassis.settings import ServiceSettings, Settings, load
from chassis.storage.database import Database, open_database
from chassis.storage.disk import Disks, disks_of
from chassis.storage.keys import Keys
from chassis.storage.media import Media

#: connections of a replay: for its handler, and for what that uses beside its unit
_SIZE = 6


class NoReplay(VoxbusError):
    """Says in a sentence that there is no such handler, or that the filters leave out what it handles."""

    exit_code = 2


class NotReplayed(NoReplay):
    """Says in a sentence why a handler is never replayed."""

    exit_code = 5


@dataclass(frozen=True)
class Opened:
    """Holds a handler that is ready to run. `database` is the service's own; `dry` rolls back, in a dry run."""

    handler: Handler
    consumer: Consumer
    database: Database
    dry: DryDatabase | None
    tables: Mapping[str, sa.Table]


def handler_of(service: Service, name: str, keys: Keys) -> Handler:
    """Returns a service's handler by its name. Raises `NoReplay`."""
    refused = {
        CANCEL_HANDLER: "it only stops what is still to run",
        "record": "it writes the log, which is what a replay reads",
        "dead": "it keeps what the broker gave up",
    }
    if service.export is not None:
        refused[export_handler_name(service.name)] = "it writes files: ask for the export anew"
    if name in refused:
        raise NotReplayed(f"{service.name}.{name} cannot be replayed: {refused[name]}.")
    handlers = list(service.handlers)
    if service.erase is not None:
        handlers.append(erase_handler(service.erase, keys, again=service.erases_first))
    if service.counts_by_activity:
        handlers.append(activity_handler())
    for handler in handlers:
        if handler.name == name:
            return handler
    there = ", ".join(sorted(handler.name for handler in handlers))
    raise NoReplay(f"{service.name} has no handler {name}; there are {there}.")


@asynccontextmanager
async def opened(
    service: Service,
    name: str,
    settings: Settings,
    database_url: str,
    *,
    keys: Keys,
    media: Media,
    services: frozenset[str],
    topology: Topology,
    dry: bool,
) -> AsyncIterator[Opened]:
    """Opens the service with its settings. In a `dry` run nothing that it writes remains, from its start on.

    `services` and `topology` are those of the whole product. Raises `NoReplay`, and what the service's start raises.
    """
    own = load(ServiceSettings, service.name).database_url
    real = open_database(own or database_url, service.name, size=_SIZE, purpose="replay")
    rolls_back = DryDatabase(real) if dry else None
    try:
        used: Database = rolls_back or real
        kept, stored = (dry_keys(keys), DryMedia(media)) if dry else (keys, media)
        handler = handler_of(service, name, kept)
        platform = _platform(service, settings, used, kept, stored, services, topology, own or database_url)
        async with service.open(platform) as components:
            consumer = _consumer(service, handler, components.deps, platform)
            yield Opened(handler, consumer, real, rolls_back, tables_of(service.metadata))
    finally:
        await real.close()


def _platform(
    service: Service,
    settings: Settings,
    database: Database,
    keys: Keys,
    media: Media,
    services: frozenset[str],
    topology: Topology,
    url: str,
) -> Platform:
    watchdog, bus = Watchdog(), MemoryBus()
    relay = Relay(service.name, database, bus, watchdog.pulse("replay.relay"), settings.outbox_budget, _nothing)
    return Platform(
        settings=settings,
        database=database,
        pools=dict.fromkeys(service.pools, database),
        bus=bus,
        media=media,
        keys=keys,
        consents=consents_of(settings, keys),
        relay=relay,
        watchdog=watchdog,
        disks=_disks(settings, media),
        topology=topology,
        services=services,
        owners={},
        stopping=asyncio.Event(),
        suspect_lock=asyncio.Lock(),
        single_process=False,
        retention=retention_of(settings),
        direct_url=settings.direct_database_url or url,
    )


def _disks(settings: Settings, media: Media) -> Disks:
    return disks_of(settings, media.folder)


def _consumer(service: Service, handler: Handler, deps: Deps, platform: Platform) -> Consumer:
    return Consumer(
        service.name,
        handler.name,
        deps,
        platform.database,
        platform.bus,
        platform.relay,
        platform.watchdog.pulse("replay"),
        _nothing,
        handler.message,
        keys=platform.keys,
    )


def _nothing(_: str) -> None:
    """Passes a crash point."""
