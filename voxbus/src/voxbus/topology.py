"""Declares every queue of the product on a broker: `voxbus topology apply`, and the supervisor before it starts."""

from __future__ import annotations

from chassis.bus.base import Bus
from chassis.bus.rabbit import RabbitBus
from chassis.console import notify_operator
from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.database import open_database
from gateway.jobs.topology import TopologyKeeper, product_topology


async def apply_topology(settings: Settings) -> bool:
    """Declares every queue before any service starts.

    If the settings name a database, missing queues are noted there, so that a gateway repairs them from the log.
    """
    if settings.bus_url.startswith("memory:"):
        raise SettingsError("VOXBUS_BUS_URL must name a broker (amqp://…).")
    bus = await RabbitBus.connect(settings.bus_url, "voxbus-topology")
    try:
        if settings.database_url is None:
            await bus.declare(product_topology())
        else:
            await _apply_and_note(bus, settings.database_url)
    finally:
        await bus.close()
    notify_operator("every queue is declared")
    return True


async def _apply_and_note(bus: Bus, database_url: str) -> None:
    database = open_database(database_url, "gateway", size=1)
    try:
        await TopologyKeeper(database, bus, product_topology()).apply()
    finally:
        await database.close()
