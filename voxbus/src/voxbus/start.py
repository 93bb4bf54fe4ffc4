"""Starting processes: the all-in-one on the embedded default, or chosen services on a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.errors import SettingsError
from chassis.heap import settle
from chassis.observe.traces import configure_traces
from chassis.run import Process, stop_on_signals
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.keys import open_keys
from chassis.storage.media import open_media
from chassis.storage.migrations import migrate
from gateway.topology import product_topology
from voxbus.keystore import keys_url, prepare_keys, with_own_keys
from voxbus.local.postgres import start_postgres
from voxbus.services import SERVICES
from voxbus.tell import say


async def run_all(settings: Settings) -> bool:
    """All five services in this process. Unset URLs mean the memory bus and the embedded Postgres."""
    async with AsyncExitStack() as stack:
        database_url = settings.database_url
        if database_url is None:
            postgres = await stack.enter_async_context(await start_postgres(settings.data_dir, say))
            guarding = asyncio.create_task(postgres.guard(say))
            stack.callback(guarding.cancel)
            database_url = postgres.dsn
        alone = settings.bus_url.startswith("memory:")
        if alone:
            settings = with_own_keys(settings, say)
        say("bringing the database up to date")
        await migrate(database_url, SERVICES)
        await prepare_keys(keys_url(settings))
        if alone and settings.database_url is not None:
            say("the memory bus keeps messages in this process: run only one on this database")
        return await _run(SERVICES, settings, database_url, stack, alone=alone)


async def run_some(names: Sequence[str], settings: Settings) -> bool:
    """Some services as one process of several: they meet on a broker and in a migrated database."""
    if settings.bus_url.startswith("memory:"):
        raise SettingsError("VOXBUS_BUS_URL must name a broker (amqp://…): single services cannot meet in memory.")
    if settings.database_url is None:
        raise SettingsError("VOXBUS_DATABASE_URL is required: single services cannot share an embedded database.")
    chosen = [service for service in SERVICES if service.name in names]
    async with AsyncExitStack() as stack:
        return await _run(chosen, settings, settings.database_url, stack, alone=False)


async def migrate_database(settings: Settings) -> bool:
    """Bring the database the settings name up to date; the embedded one where they name none."""
    keys = keys_url(settings)
    if settings.database_url is not None:
        await migrate(settings.database_url, SERVICES)
    else:
        async with await start_postgres(settings.data_dir, say) as postgres:
            await migrate(postgres.dsn, SERVICES)
    await prepare_keys(keys)
    say("the database is up to date")
    return True


async def _run(
    services: Sequence[Service], settings: Settings, database_url: str, stack: AsyncExitStack, *, alone: bool
) -> bool:
    bus: Bus
    if alone:
        bus = MemoryBus()
    else:
        bus = await RabbitBus.connect(settings.bus_url, f"voxbus-{'-'.join(s.name for s in services)}")
    stack.push_async_callback(bus.close)
    keys = open_keys(keys_url(settings), erases=any(service.name == "gateway" for service in services))
    stack.push_async_callback(keys.close)
    process = Process(
        services,
        settings,
        bus=bus,
        database_url=database_url,
        media=open_media(settings.media_url, settings.data_dir),
        keys=keys,
        alone=alone,
        topology=product_topology(),
    )
    stop_on_signals(process.stop)
    name = services[0].name if len(services) == 1 else "all"
    traces = configure_traces(name, settings.otlp_url)
    ready = "ready" if name == "all" else f"{name} is ready"

    def on_ready(address: str) -> None:
        settle()
        say(f"{ready} at {address}")

    try:
        return await process.run(on_ready)
    finally:
        await asyncio.to_thread(traces.shutdown)
