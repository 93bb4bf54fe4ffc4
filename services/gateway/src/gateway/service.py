"""The gateway as a service: the only place that constructs its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.types import ASGIApp

from chassis.failpoints import failpoint
from chassis.handler import Deps
from chassis.service import Components, Platform, Service
from gateway.accepting import Acceptance
from gateway.app import create_app
from gateway.audit import Audit
from gateway.ending import Endings
from gateway.erasing import apply_ledger, erase_rows
from gateway.parts import GatewayParts
from gateway.recorder import QUEUE, Recorder
from gateway.streams import Hub
from gateway.tables import METADATA
from gateway.topology import TopologyKeeper
from gateway.turns import Dispatcher
from gateway.upkeep import Sweep, watch_deadlines

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


@asynccontextmanager
async def _open(kit: Platform) -> AsyncIterator[Components]:
    crash_at = kit.settings.crash_at
    endings = Endings(kit.database, kit.relay, kit.bus)
    hub = Hub(kit.database, kit.bus, kit.watchdog.pulse("gateway.hub"), kit.stopping, keys=kit.keys)
    dispatcher = Dispatcher(
        kit.database,
        kit.relay,
        kit.watchdog.pulse("gateway.turns"),
        crash_point=failpoint(crash_at, "gateway.turns"),
    )
    audit = Audit(kit.database, kit.bus, [queue.service for queue in kit.topology.queues])
    recorder = Recorder(
        kit.pools["recorder"],
        kit.relay,
        kit.bus,
        kit.watchdog.pulse("gateway.recorder"),
        kit.stopping,
        failpoint(crash_at, QUEUE.name),
        dispatcher.freed,
    )
    sweep = Sweep(kit.database, kit.media)
    await apply_ledger(kit.database, kit.keys)
    await sweep.make_partitions()  # before anything is on its way to the default partition
    loops: dict[str, Callable[[], Awaitable[None]]] = {
        "recorder": recorder.run,
        "hub": hub.run,
        "deadlines": partial(watch_deadlines, endings, kit.watchdog.pulse("gateway.deadlines")),
        "sweep": partial(sweep.run, kit.watchdog),
        "turns": dispatcher.run,
        "audit": partial(audit.run, kit.watchdog.pulse("gateway.audit")),
    }
    if not kit.single_process:  # else nobody can take a queue away, and what was seen would look gone on another bus
        keeper = TopologyKeeper(kit.database, kit.bus, kit.topology)
        loops["topology"] = partial(keeper.run, kit.watchdog.pulse("gateway.topology"))
    yield Components(deps=Deps(), public_app=_web(kit, endings, hub, dispatcher), loops=loops)


def _web(kit: Platform, endings: Endings, hub: Hub, dispatcher: Dispatcher) -> ASGIApp:
    """The HTTP side."""
    acceptance = Acceptance(
        kit.database,
        kit.relay,
        crash_point=failpoint(kit.settings.crash_at, "gateway.accept"),
        on_held=dispatcher.held,
        keys=kit.keys,
    )
    return create_app(
        GatewayParts(
            settings=kit.settings,
            database=kit.pools["routes"],
            relay=kit.relay,
            media=kit.media,
            keys=kit.keys,
            acceptance=acceptance,
            endings=endings,
            hub=hub,
            watchdog=kit.watchdog,
            stopping=kit.stopping,
        )
    )


SERVICE = Service(
    name="gateway",
    metadata=METADATA,
    migrations=_MIGRATIONS,
    open=_open,
    queues=(QUEUE,),
    pools=("routes", "recorder"),
    erase=erase_rows,
)
