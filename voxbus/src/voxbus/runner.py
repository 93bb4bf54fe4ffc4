"""Starts processes: the all-in-one on the embedded default, or chosen services on a broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.console import notify_operator
from chassis.main import judge_settings, run_process, serve
from chassis.settings import Settings
from chassis.storage.keys import keys_url
from chassis.storage.migrations import migrate, versions_of
from contracts.base import Json
from gateway.jobs.operator_acts import OperatorAct
from gateway.jobs.topology import product_topology
from voxbus.keystore import prepare_keys, with_own_keys
from voxbus.local.postgres import start_postgres
from voxbus.local.reach import reach_database
from voxbus.logins import own_logins
from voxbus.operator import at_the_command_line, note
from voxbus.services import SERVICES
from voxbus.whole import refuse_what_is_not_whole


async def run_all(settings: Settings) -> bool:
    """Runs all five services in this process. Unset URLs mean the memory bus and the embedded Postgres."""
    judge_settings(SERVICES, settings)
    async with AsyncExitStack() as stack:
        database_url = settings.database_url
        if database_url is None:
            postgres = await stack.enter_async_context(await start_postgres(settings.data_dir, notify_operator))
            guarding = asyncio.create_task(postgres.guard(notify_operator))
            stack.callback(guarding.cancel)
            database_url = postgres.dsn
        single_process = settings.bus_url.startswith("memory:")
        if single_process:
            settings = with_own_keys(settings, notify_operator)
        await refuse_what_is_not_whole(settings.direct_database_url or database_url)
        notify_operator("bringing the database up to date")
        await migrate(settings.direct_database_url or database_url, SERVICES, logins=own_logins(SERVICES))
        await prepare_keys(keys_url(settings))
        if single_process and settings.database_url is not None:
            notify_operator("the memory bus keeps messages in this process: run only one on this database")
        if single_process:
            bus: Bus = MemoryBus()
        else:
            bus = await RabbitBus.connect(settings.bus_url, "voxbus-all")
        return await run_process(
            SERVICES, settings, bus, database_url, product_topology(), single_process=single_process
        )


async def run_some(names: Sequence[str], settings: Settings) -> bool:
    """Runs some services as one process of several: they meet on a broker and in a migrated database."""
    return await serve([service for service in SERVICES if service.name in names], settings, product_topology())


async def migrate_database(settings: Settings, told: Callable[[Json], None] = lambda _: None) -> bool:
    """Brings the database that the settings name up to date, or the embedded one, also while `voxbus run` runs."""
    keys = keys_url(settings)
    act = OperatorAct(act="database_migrated", by=at_the_command_line())
    async with reach_database(settings, makes=True) as url:
        owner = settings.direct_database_url or url
        await refuse_what_is_not_whole(owner)
        before = await versions_of(owner, SERVICES)
        try:
            await migrate(owner, SERVICES, logins=own_logins(SERVICES))
        except BaseException:
            await note(url, act, "failed")
            raise
        now = await versions_of(owner, SERVICES)
        made = {name: version for name, version in now.items() if before.get(name) != version}
        await note(url, replace(act, detail={"to": made}), "done" if made else "unchanged")
    await prepare_keys(keys)
    notify_operator("the database is up to date")
    told({"to": made, "result": "done" if made else "unchanged"})
    return True
