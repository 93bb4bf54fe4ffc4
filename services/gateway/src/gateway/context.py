"""Defines the parts that the HTTP side is built from: `service.open` makes them, `app.create_app` takes them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from chassis.delivery.relay import Relay
from chassis.observe.health import Watchdog
from chassis.settings import Settings
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from gateway.accept import Acceptance
from gateway.end_jobs import Endings
from gateway.streams import Hub


@dataclass(frozen=True, kw_only=True)
class GatewayContext:
    """Holds everything a resource may use; reads of jobs are functions of `gateway.jobs` on `database`."""

    settings: Settings
    #: the pool of requests: however many wait in it, accepting, streams and the recorder go on
    database: Database
    relay: Relay
    media: Media
    keys: Keys
    acceptance: Acceptance
    endings: Endings
    hub: Hub
    watchdog: Watchdog
    stopping: asyncio.Event
