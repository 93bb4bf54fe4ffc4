"""Describes a service as a value: its name, its handlers, how its parts are made. `run` runs services as a process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import sqlalchemy as sa
from starlette.types import ASGIApp

from chassis.bus.base import Bus
from chassis.bus.topology import Queue, Topology, dead_queue, event_queue, work_queue
from chassis.delivery.activity import ACTIVITY_HANDLER
from chassis.delivery.erasure_work import TellOutside, tell_nobody
from chassis.delivery.export_part import export_handler_name
from chassis.delivery.person_erasure import ERASE_HANDLER, Erase
from chassis.delivery.relay import Relay
from chassis.delivery.retention import Retires
from chassis.handler import Deps, Handler
from chassis.observe.health import Watchdog
from chassis.privacy.consents import Consents
from chassis.privacy.export import Export
from chassis.privacy.retention import Retention, retention
from chassis.settings import Settings
from chassis.storage.database import Database
from chassis.storage.disk import Disks
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.web.routes import Routes
from contracts.base import Command, Problem
from contracts.common import ExportBegun, JobCancelled, JobFailed, PersonActive, PersonErased

#: the name of the handler by which every service on a path consumes cancelled and failed jobs
CANCEL_HANDLER = "cancel_jobs"
#: the purpose of a pool of connections: requests, or the recorder of events
Pool = Literal["routes", "recorder"]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Holds the parts that the chassis gives to a service when it opens.

    `topology` is that of the whole product. `owners` are the web applications of the process's services by name; an
    application is added when its service has opened, so a forwarder looks it up for each request.
    """

    settings: Settings
    #: the pool for handlers, relay and loops
    database: Database
    #: the pools that the service declares, by name
    pools: Mapping[Pool, Database]
    bus: Bus
    media: Media
    keys: Keys
    #: the gate that every use of a person's data passes
    consents: Consents
    relay: Relay
    watchdog: Watchdog
    disks: Disks
    topology: Topology
    #: the names of the process's services
    services: frozenset[str]
    owners: Mapping[str, ASGIApp]
    stopping: asyncio.Event
    #: held while the process runs a crash suspect, so that it runs one at a time
    suspect_lock: asyncio.Lock
    #: whether the process alone owns bus and database
    single_process: bool
    #: what is kept of people, and for how long
    retention: Retention = field(default_factory=retention)
    #: the address of the service's database without a transaction pooler, if there is one
    direct_url: str = ""


@runtime_checkable
class Drained(Protocol):
    """Describes an application that has to drain before its process ends."""

    async def drain(self, linger: float = ...) -> None:
        """Goes on serving for `linger` seconds, then begins nothing more; returns when running requests have ended."""


@dataclass(frozen=True, kw_only=True)
class Components:
    """Holds the parts that a service returns: its handlers' Deps, its web application, loops that run until cancelled.

    `app` serves the service's own routes. `public_app` is the application that clients call: a process that has one
    serves it on its port, and reaches the other services' routes only through `Platform.owners`.
    """

    deps: Deps
    app: ASGIApp | None = None
    public_app: ASGIApp | None = None
    loops: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    #: what deletes, when its time is over, things that are in no table; by the place in `retention.toml`
    retires: Mapping[str, Retires] = field(default_factory=dict)
    #: tells those outside to whom the service has given something of an erased person
    tell_outside: TellOutside = tell_nobody


@dataclass(frozen=True, kw_only=True)
class Service:
    """Describes one service.

    `open` is the only place that constructs things. `on_path` tells that some job kind has a step here, so that the
    service consumes the news of cancelled and failed jobs. `queues` are those that it consumes by loops of its own.
    """

    name: str
    metadata: sa.MetaData
    migrations: Path
    open: Callable[[Platform], AbstractAsyncContextManager[Components]]
    #: puts into the tables what comes with a release, at each start, before `open`; again it changes nothing
    fill: Callable[[Database, Media], Awaitable[None]] | None = None
    #: reads the settings of its own; raises `SettingsError`, before anything is started
    judge: Callable[[Settings], object] | None = None
    handlers: tuple[Handler, ...] = ()
    on_path: bool = False
    queues: tuple[Queue, ...] = ()
    #: further pools of connections, besides that for handlers, relay and loops
    pools: tuple[Pool, ...] = ()
    #: the views in schema `api` that it reads
    reads: tuple[str, ...] = ()
    #: deletes the rows about some persons; None for a service without such rows
    erase: Erase | None = None
    #: it erases people itself, before it says so
    erases_first: bool = False
    #: what it gives into a copy of everything about a person; None for a service without such rows
    export: Export | None = None
    #: the routes that it serves to the gateway; `open` makes the application from them (`chassis.owners`)
    routes: tuple[Routes, ...] = ()
    #: the problems that may end its jobs, besides `chassis.delivery.job_problems`
    problems: tuple[Problem, ...] = ()

    @property
    def counts_by_activity(self) -> bool:
        """Tells whether it keeps rows for a while after their person was last active, of which it has to hear."""
        return any(holder.by_activity and holder.by is None for holder in retention().holders(self.name))

    def topology(self) -> Topology:
        """Returns every queue of this service, its dead queue included."""
        queues = [*self.queues]
        for handler in self.handlers:
            key = handler.message.type
            if issubclass(handler.message, Command):
                queues.append(work_queue(self.name, handler.name, key))
            else:
                queues.append(event_queue(self.name, handler.name, [key]))
        if self.on_path:
            queues.append(event_queue(self.name, CANCEL_HANDLER, [JobFailed.type, JobCancelled.type]))
        if self.erase is not None:
            queues.append(event_queue(self.name, ERASE_HANDLER, [PersonErased.type]))
        if self.counts_by_activity:
            queues.append(event_queue(self.name, ACTIVITY_HANDLER, [PersonActive.type]))
        if self.export is not None:
            queues.append(event_queue(self.name, export_handler_name(self.name), [ExportBegun.type]))
        queues.append(Queue(dead_queue(self.name), "events", (), None))
        return Topology(tuple(queues))
