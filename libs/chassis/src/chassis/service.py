"""Describes a service as a value: its name, its handlers, how its parts are made. `run` makes a process of services."""

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
from chassis.delivery.person_erasure import ERASE_HANDLER, Erase
from chassis.delivery.relay import Relay
from chassis.handler import Deps, Handler
from chassis.observe.health import Watchdog
from chassis.settings import Settings
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.web.routes import Routes
from contracts.base import Command, JobCancelled, JobFailed, PersonErased, Problem

#: the handler name under which every service on a path hears of cancelled and failed jobs
CANCEL_HANDLER = "cancel_jobs"
#: what a pool of connections is for: requests, or the recorder of events
Pool = Literal["routes", "recorder"]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Holds what the chassis hands to a service when it opens.

    `topology` is that of the whole product. `owners` are the web applications of the process's services by name, each
    there once its service has opened: whoever forwards a request looks the owner up then.
    """

    settings: Settings
    #: the pool for handlers, relay and loops
    database: Database
    #: the pools that the service declares, by name
    pools: Mapping[Pool, Database]
    bus: Bus
    media: Media
    keys: Keys
    relay: Relay
    watchdog: Watchdog
    topology: Topology
    #: the names of the process's services
    services: frozenset[str]
    owners: Mapping[str, ASGIApp]
    stopping: asyncio.Event
    #: the process's one turn to run a message whose last owner did not settle it
    suspect_lock: asyncio.Lock
    #: whether the process owns bus and database, so that nobody else does anything to them
    single_process: bool


@runtime_checkable
class Drained(Protocol):
    """Describes an application that wants to be told before its process ends."""

    async def drain(self, linger: float = ...) -> None:
        """Serves on for `linger` seconds, then begins nothing more, and returns when what runs has ended."""


@dataclass(frozen=True, kw_only=True)
class Components:
    """Holds what a service hands back: its handlers' Deps, its web application, loops that run until cancelled.

    `app` serves the service's own routes. `public_app` is the application that clients call: where a process has one,
    its port serves that, and the other services' routes are reached through `Platform.owners` alone.
    """

    deps: Deps
    app: ASGIApp | None = None
    public_app: ASGIApp | None = None
    loops: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Service:
    """Describes one service.

    `open` is the only place that constructs things. `on_path` says that some job kind has a step here, so that the
    service hears of jobs that were cancelled or have failed. `queues` are those it consumes by loops of its own.
    """

    name: str
    metadata: sa.MetaData
    migrations: Path
    open: Callable[[Platform], AbstractAsyncContextManager[Components]]
    handlers: tuple[Handler, ...] = ()
    on_path: bool = False
    queues: tuple[Queue, ...] = ()
    #: pools of connections of its own beside that for handlers, relay and loops
    pools: tuple[Pool, ...] = ()
    #: deletes the rows that are about some persons; a service that has none leaves it out
    erase: Erase | None = None
    #: what it serves to the gateway; `open` makes the application of it (`chassis.owners`)
    routes: tuple[Routes, ...] = ()
    #: what its jobs may end with, besides `chassis.delivery.job_problems`
    problems: tuple[Problem, ...] = ()

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
        queues.append(Queue(dead_queue(self.name), "events", (), None))
        return Topology(tuple(queues))
