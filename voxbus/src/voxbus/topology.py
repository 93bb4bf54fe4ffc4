"""Declares every queue of the product on a broker: `voxbus topology apply`, and the supervisor before it starts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, replace

from chassis.bus.base import Bus, TopologyChanged
from chassis.bus.rabbit import RabbitBus
from chassis.console import notify_operator
from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.database import open_database
from contracts.base import Json
from gateway.jobs.operator_acts import OperatorAct, Outcome
from gateway.jobs.topology import TopologyKeeper, product_topology
from voxbus.local.reach import has_database, reach_database
from voxbus.operator import at_the_command_line, note

_NO_BROKER = "VOXBUS_BUS_URL must name a broker (amqp://…)."


async def apply_topology(settings: Settings) -> list[str]:
    """Declares every queue before any service starts; returns those that were missing.

    If the settings name a database, these are noted there, so that a gateway repairs them from the log. Raises
    `TopologyChanged` for one with other arguments, when the others are declared.
    """
    if settings.bus_url.startswith("memory:"):
        raise SettingsError(_NO_BROKER)
    bus = await RabbitBus.connect(settings.bus_url, "voxbus-topology")
    try:
        if settings.database_url is None:
            return await _apply(bus)
        return await _apply_and_note(bus, settings.database_url)
    finally:
        await bus.close()


async def apply_by_operator(settings: Settings, reason: str | None) -> bool:
    """Declares every queue, as an operator asks: with a row of that where there is a database."""
    async with _database_of(settings) as url:
        given = settings.model_copy(update={"database_url": url})
        act = OperatorAct(act="topology_applied", by=at_the_command_line(), reason=reason)
        try:
            made = await apply_topology(given)
        except TopologyChanged as error:
            await _note(url, act, {"changed": error.queue}, "failed")
            raise
        await _note(url, act, {"made": made}, "done" if made else "unchanged")
    notify_operator("every queue is declared" if made else "every queue was declared before")
    return True


@asynccontextmanager
async def _database_of(settings: Settings) -> AsyncIterator[str | None]:
    """Provides the database of an installation, None where it has none yet."""
    if has_database(settings):
        async with reach_database(settings) as url:
            yield url
    else:
        notify_operator("no database is named: this is written to no audit")
        yield None


async def _note(url: str | None, act: OperatorAct, detail: Mapping[str, object], outcome: Outcome) -> None:
    if url is not None:
        await note(url, replace(act, detail=detail), outcome)


async def described(settings: Settings) -> list[Json]:
    """Describes every queue, with the messages that are ready and the consumers where a broker is named."""
    queues = product_topology().queues
    rows: list[Json] = [
        {"queue": each.name, "exchange": each.exchange, "keys": list(each.keys), "max_length": each.max_length}
        for each in queues
    ]
    if settings.bus_url.startswith("memory:"):
        return rows
    bus = await RabbitBus.connect(settings.bus_url, "voxbus-topology")
    try:
        for row in rows:
            depth = await bus.depth(row["queue"])
            row |= {"ready": None, "consumers": None} if depth is None else asdict(depth)
    finally:
        await bus.close()
    return rows


async def compared(settings: Settings) -> list[Json]:
    """Returns how the broker's queues differ from those of this release. Raises `SettingsError` without a broker."""
    if settings.bus_url.startswith("memory:"):
        raise SettingsError(_NO_BROKER)
    bus = await RabbitBus.connect(settings.bus_url, "voxbus-topology")
    try:
        missing, changed = await compare(bus)
    finally:
        await bus.close()
    found = [{"queue": name, "difference": "missing", "detail": ""} for name in missing]
    return found + [{"queue": name, "difference": "arguments", "detail": how} for name, how in changed.items()]


async def compare(bus: Bus) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Returns the queues that a broker lacks, and those that it has with other arguments.

    AMQP does not tell whether a single binding exists, so none is compared.
    """
    queues = product_topology().queues
    missing = [queue.name for queue in queues if await bus.depth(queue.name) is None]
    return tuple(missing), await bus.changed([queue for queue in queues if queue.name not in missing])


async def _apply(bus: Bus) -> list[str]:
    made: dict[str, None] = {}

    async def creating(queue: str) -> None:
        made[queue] = None

    await bus.declare(product_topology(), creating)
    return list(made)


async def _apply_and_note(bus: Bus, database_url: str) -> list[str]:
    database = open_database(database_url, "gateway", size=1)
    try:
        return await TopologyKeeper(database, bus, product_topology()).apply()
    finally:
        await database.close()
