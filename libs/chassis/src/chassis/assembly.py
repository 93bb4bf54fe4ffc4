"""One service put together: consumers, relay, leases and loops, started in order and drained in order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from chassis.bus.base import Subscription
from chassis.bus.topology import dead_queue
from chassis.delivery.cancel import BATCH, CancelRunner
from chassis.delivery.consumer import Consumer
from chassis.delivery.dead import DeadRunner
from chassis.delivery.erasing import MediaEraser
from chassis.delivery.erasure import erase_handler
from chassis.delivery.fast import FastRunner
from chassis.delivery.lease import Leases
from chassis.delivery.slow import SlowRunner
from chassis.delivery.timers import Timers
from chassis.delivery.upkeep import InboxUpkeep
from chassis.faults import crash_points
from chassis.handler import Handler, SlowHandler
from chassis.service import CANCEL_HANDLER, Kit, Parts, Service
from chassis.storage.database import Database
from contracts.base import Message

_DEAD_PREFETCH = 20

Loop = Callable[[], Awaitable[Any]]


class Assembly:
    """A service while it runs."""

    def __init__(self, service: Service, kit: Kit, parts: Parts, lease_database: Database) -> None:
        """`lease_database` is a connection of its own: a beat must not wait behind work."""
        self._service = service
        self._kit = kit
        self._parts = parts
        self._leases = Leases(lease_database, kit.watchdog.pulse(f"{service.name}.leases"), kit.suspects)
        self._subscriptions: list[Subscription] = []
        self._slow: list[SlowRunner] = []
        self._fast: list[FastRunner] = []
        self._consumers: dict[str, Consumer] = {}

    async def loops(self) -> dict[str, Loop]:
        """Subscribe to every queue and return the loops to run, by name."""
        service, kit = self._service, self._kit
        found: dict[str, Loop] = {"leases": self._leases.run, "relay": kit.relay.run}
        pulse = kit.watchdog.pulse(f"{service.name}.eraser")
        found["eraser"] = MediaEraser(service.name, kit.database, kit.media, pulse, kit.settings.look_every).run
        pulse = kit.watchdog.pulse(f"{service.name}.upkeep")
        upkeep = InboxUpkeep(kit.database, pulse, service.erase, serves=bool(service.routes))
        found["upkeep"] = upkeep.run
        pulse = kit.watchdog.pulse(f"{service.name}.timers")
        found["timers"] = Timers(kit.database, kit.relay, pulse, kit.settings.look_every).run
        handlers = service.handlers
        if service.erase is not None:
            handlers = (*handlers, erase_handler(service.erase, kit.keys))
        for handler in handlers:
            found[handler.name] = await self._handler_loop(handler)
        if service.on_path:
            consumer = self._consumer(CANCEL_HANDLER)
            queue = await self._subscribe(consumer.name, 2 * BATCH)
            found[CANCEL_HANDLER] = CancelRunner(consumer, self._consumers, self._leases, queue).run
        watcher = self._consumer("dead")
        found["dead"] = DeadRunner(watcher, await self._subscribe(dead_queue(service.name), _DEAD_PREFETCH)).run
        return found | self._parts.loops

    async def drain(self, grace: float) -> None:
        """Take nothing new, let what runs end, then publish what it said."""
        await asyncio.gather(
            *(runner.drain(grace) for runner in self._slow), *(runner.drain(grace) for runner in self._fast)
        )

    async def close(self) -> None:
        """Close the channels: what was not acked is delivered again, to whoever is there."""
        for subscription in self._subscriptions:
            await subscription.close()

    async def _handler_loop(self, handler: Handler) -> Loop:
        consumer = self._consumer(handler.name, handler.message)
        if isinstance(handler, SlowHandler):
            slow = SlowRunner(consumer, handler, self._leases, await self._subscribe(consumer.name, handler.slots))
            self._slow.append(slow)
            return slow.run
        fast = FastRunner(consumer, handler, self._leases, await self._subscribe(consumer.name, 2 * handler.batch))
        self._fast.append(fast)
        return fast.run

    def _consumer(self, name: str, message: type[Message] | None = None) -> Consumer:
        full = f"{self._service.name}.{name}"
        self._consumers[full] = Consumer(
            self._service.name,
            name,
            self._parts.deps,
            self._kit.database,
            self._kit.bus,
            self._kit.relay,
            self._kit.watchdog.pulse(full),
            crash_points(self._kit.settings.crash_at, full),
            message,
            self._kit.settings.look_every,
            keys=self._kit.keys,
        )
        return self._consumers[full]

    async def _subscribe(self, queue: str, prefetch: int) -> Subscription:
        subscription = await self._kit.bus.subscribe(queue, prefetch)
        self._subscriptions.append(subscription)
        return subscription
