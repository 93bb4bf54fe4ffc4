"""Runs one service: consumers, relay, leases and loops, started in order and drained in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from chassis.bus.base import Subscription
from chassis.bus.topology import dead_queue
from chassis.delivery.activity import activity_handler
from chassis.delivery.cancel import BATCH, CancelRunner
from chassis.delivery.consumer import Consumer
from chassis.delivery.dead import DeadRunner
from chassis.delivery.dead_rows import DeadRows
from chassis.delivery.due import Due
from chassis.delivery.erasure_work import ErasureWork
from chassis.delivery.export_part import export_handler
from chassis.delivery.fast import FastRunner
from chassis.delivery.figures import Figures
from chassis.delivery.lease import Leases
from chassis.delivery.maintenance import InboxMaintenance
from chassis.delivery.media_deletion import MediaDeleter
from chassis.delivery.person_erasure import Erase, erase_handler
from chassis.delivery.retention import RetentionWorker
from chassis.delivery.slow import SlowRunner
from chassis.delivery.timers import Timers
from chassis.failpoints import failpoint
from chassis.handler import Handler, SlowHandler
from chassis.observe import metrics
from chassis.service import CANCEL_HANDLER, Components, Platform, Service
from chassis.storage.database import Database
from contracts.base import Message

_DEAD_PREFETCH = 20

Loop = Callable[[], Awaitable[Any]]


class Runtime:
    """Runs a service's consumers, relay, leases and loops."""

    def __init__(self, service: Service, platform: Platform, components: Components, lease_database: Database) -> None:
        """Takes `lease_database`, which has its own connection: a beat must not wait behind work."""
        self._service = service
        self._platform = platform
        self._components = components
        self._leases = Leases(lease_database, platform.watchdog.pulse(f"{service.name}.leases"), platform.suspect_lock)
        self._due = Due(platform.database, platform.settings.look_every / 2)
        self._subscriptions: list[Subscription] = []
        self._slow: list[SlowRunner] = []
        self._fast: list[FastRunner] = []
        self._consumers: dict[str, Consumer] = {}

    async def loops(self) -> dict[str, Loop]:
        """Subscribes to every queue and returns the loops to run, by name."""
        service, platform = self._service, self._platform
        found: dict[str, Loop] = {"leases": self._leases.run, "relay": platform.relay.run}
        pulse = platform.watchdog.pulse(f"{service.name}.eraser")
        found["eraser"] = MediaDeleter(
            service.name, platform.database, platform.media, pulse, platform.settings.look_every
        ).run
        pulse = platform.watchdog.pulse(f"{service.name}.upkeep")
        maintenance = InboxMaintenance(platform.database, pulse, service.erase)
        found["upkeep"] = maintenance.run
        pulse = platform.watchdog.pulse(f"{service.name}.timers")
        found["timers"] = Timers(platform.database, platform.relay, pulse, platform.settings.look_every).run
        handlers = service.handlers
        if service.erase is not None:
            work = self._erasure_work(service.erase)
            again = service.erases_first
            handlers = (*handlers, erase_handler(service.erase, platform.keys, work.noted.set, again=again))
            found["erasures"] = work.run
        if service.counts_by_activity:
            handlers = (*handlers, activity_handler())
        found["retention"] = partial(self._retention().run, platform.settings.retention_every.total_seconds())
        if service.export is not None:
            writes = export_handler(service.name, service.export, platform.database, platform.keys, platform.media)
            handlers = (*handlers, writes)
        for handler in handlers:
            found[handler.name] = await self._handler_loop(handler)
        if service.on_path:
            consumer = self._consumer(CANCEL_HANDLER)
            queue = await self._subscribe(consumer.name, 2 * BATCH)
            found[CANCEL_HANDLER] = CancelRunner(consumer, self._consumers, self._leases, queue).run
        figures = Figures(service.name, platform.database, self._consumers)
        found["figures"] = partial(figures.run, platform.watchdog.pulse(f"{service.name}.figures"))
        watcher = self._consumer("dead")
        found["dead"] = DeadRunner(watcher, await self._subscribe(dead_queue(service.name), _DEAD_PREFETCH)).run
        return found | self._components.loops

    async def drain(self, grace: float) -> None:
        """Takes no new work, lets runs end, then publishes their events."""
        await asyncio.gather(
            *(runner.drain(grace) for runner in self._slow), *(runner.drain(grace) for runner in self._fast)
        )

    async def close(self) -> None:
        """Closes the channels; the broker delivers unacked messages again, to another process."""
        for subscription in self._subscriptions:
            await subscription.close()

    def _retention(self) -> RetentionWorker:
        name, platform = self._service.name, self._platform
        return RetentionWorker(
            name,
            platform.database,
            platform.relay,
            platform.watchdog.pulse(f"{name}.retention"),
            platform.retention,
            tables=list(self._service.metadata.tables),
            retires=self._components.retires,
            vacuumed=() if self._service.erase is None else self._service.erase.tables,
            failpoint=failpoint(platform.settings.crash_at, f"{name}.retention"),
        )

    def _erasure_work(self, erase: Erase) -> ErasureWork:
        name, platform = self._service.name, self._platform
        pulse = platform.watchdog.pulse(f"{name}.erasures")
        return ErasureWork(
            name,
            platform.database,
            platform.relay,
            platform.watchdog,
            DeadRows(name, platform.database, pulse, url=platform.direct_url, tables=erase.tables),
            tell_outside=self._components.tell_outside,
            failpoint=failpoint(platform.settings.crash_at, f"{name}.erasures"),
            look_every=platform.settings.look_every,
        )

    async def _handler_loop(self, handler: Handler) -> Loop:
        consumer = self._consumer(
            handler.name, handler.message, live_only=handler.live_only, projection=handler.projection
        )
        if isinstance(handler, SlowHandler):
            queue = await self._subscribe(consumer.name, handler.slots)
            slow = SlowRunner(consumer, handler, self._leases, queue, self._due.of(consumer.name))
            self._slow.append(slow)
            return slow.run
        queue = await self._subscribe(consumer.name, 2 * handler.batch)
        fast = FastRunner(consumer, handler, self._leases, queue, self._due.of(consumer.name))
        self._fast.append(fast)
        return fast.run

    def _consumer(
        self,
        name: str,
        message: type[Message] | None = None,
        *,
        live_only: bool = False,
        projection: str | None = None,
    ) -> Consumer:
        full = f"{self._service.name}.{name}"
        self._consumers[full] = Consumer(
            self._service.name,
            name,
            self._components.deps,
            self._platform.database,
            self._platform.bus,
            self._platform.relay,
            self._platform.watchdog.pulse(full),
            failpoint(self._platform.settings.crash_at, full),
            message,
            self._platform.settings.look_every,
            keys=self._platform.keys,
            live_only=live_only,
            projection=projection,
        )
        return self._consumers[full]

    async def _subscribe(self, queue: str, prefetch: int) -> Subscription:
        bus = self._platform.bus
        subscription = await bus.subscribe(queue, prefetch)
        metrics.CONSUMERS.labels(queue).set_function(lambda: float(bus.local_depth(queue).consumers > 0))
        self._subscriptions.append(subscription)
        return subscription
