"""Declares every queue of the product on a broker: `voxbus topology apply`, and the supervisor before it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from chassis.bus.base import Bus
from chassis.bus.rabbit import RabbitBus
from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.database import open_database
from contracts.base import Json
from gateway.jobs.topology import TopologyKeeper, product_topology

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
