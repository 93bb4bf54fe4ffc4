"""Runs services as a process, one service or all five: opens, serves and drains them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from platform import python_version

from starlette.routing import Router
from starlette.types import ASGIApp

from chassis.bus.base import Bus
from chassis.bus.queue_census import answer_census
from chassis.bus.topology import Topology
from chassis.connections import Pool, check_connections, open_first, pools
from chassis.delivery import statements
from chassis.delivery.relay import Relay
from chassis.drain_times import CLOSING_S, FLUSH_S, GATEWAY_IDLE_S, GRACE_S, LINGER_S
from chassis.failpoints import failpoint
from chassis.http.head import INTERNAL
from chassis.http.places import PER_ADDRESS, Places
from chassis.http.protocol import ServerConfig
from chassis.internal_app import internal_app
from chassis.listener import listen, raise_open_files
from chassis.look import Look, look_at_start
from chassis.observe import metrics
from chassis.observe.health import Watchdog, health_routes, observers_of
from chassis.observe.logs import logger
from chassis.observe.loop_lag import measure_loop
from chassis.observe.outside import release
from chassis.pooler import Address
from chassis.privacy.consents import consents_of
from chassis.privacy.retention import retention_of
from chassis.runtime import Runtime
from chassis.server import Server
from chassis.service import Drained, Platform, Service
from chassis.settings import ServiceSettings, Settings, load
from chassis.storage.database import Database, open_database
from chassis.storage.disk import disks_of
from chassis.storage.keys import Keys
from chassis.storage.media import Media
from chassis.storage.partitions import make_partitions_at_start
from chassis.web import direct
from chassis.web.stream import MESSAGE_BYTES

_log = logger(__name__)


class Process:
    """Runs services together on one bus, one database server and one port."""

    def __init__(
        self,
        services: Sequence[Service],
        settings: Settings,
        *,
        bus: Bus,
        database_url: str,
        media: Media,
        keys: Keys,
        single_process: bool = False,
        topology: Topology | None = None,
        linger: float = LINGER_S,
        per_address: int | None = PER_ADDRESS,
    ) -> None:
        """Takes `single_process`: this process alone owns bus and database, so claims of an earlier one are free.

        `topology` is that of the whole product; unless told otherwise these services are the whole. `linger`: seconds
        that an internal port goes on serving when it drains. `per_address`: connections of one address at the gateway;
        None: as many as there can be.
        """
        self._services = services
        self._settings = settings
        self._bus = bus
        self._database_url = database_url
        self._media = media
        self._keys = keys
        self._single_process = single_process
        own = sum((service.topology() for service in services), Topology(()))
        self._linger = linger
        self._per_address = per_address
        self._topology = own if topology is None else topology
        self._retention = retention_of(settings)
        self._watchdog = Watchdog()
        self._disks = disks_of(settings, media.folder)
        self._stopping = asyncio.Event()
        self._suspect_lock = asyncio.Lock()
        self._runtimes: list[Runtime] = []
        self._relays: list[Relay] = []
        self._read: dict[str, tuple[str | None, Mapping[str, Pool]]] = {}
        self._owners: dict[str, ASGIApp] = {}
        self._loops: dict[asyncio.Task[object], str] = {}
        self._server: Server | None = None
        self._metrics: Server | None = None
        self._is_internal = True  # the gateway's application
        self._failed = False

    @property
    def owners(self) -> Mapping[str, ASGIApp]:
        """Returns the services' applications by name, once the process is ready."""
        return self._owners

    def stop(self) -> None:
        """Begins the drain."""
        self._stopping.set()

    async def run(self, on_ready: Callable[[str], None]) -> bool:
        """Runs until `stop`, then drains. Calls `on_ready` with the address. False when a loop has died."""
        async with AsyncExitStack() as stack:
            listening = listen(self._settings)
            stack.callback(listening.close)
            await check_connections(self._services, self._database_url)
            app = await self._open(stack)
            self._watchdog.checks["bus"] = self._bus_connected
            self._watchdog.states["disk"] = self._disks.full
            self._disks.measure()
            self._server = Server(self._server_config(app))
            self._start("http", lambda: self._serve(listening))
            if self._settings.metrics_port is not None:
                self._start_metrics(stack)
            names = [service.name for service in self._services]
            metrics.BUILD_INFO.labels(release(), python_version(), ",".join(sorted(names))).set(1)
            _log.info("ready", services=names)
            on_ready(f"http://{self._settings.host}:{listening.getsockname()[1]}")
            await self._stopping.wait()
            _log.info("draining", services=names)
            await self._drain(self._linger if self._is_internal else 0.0)
            _log.info("drained", services=names)
        return not self._failed

    def _server_config(self, app: ASGIApp) -> ServerConfig:
        files, timeouts = raise_open_files(), self._settings.http_timeouts
        if self._is_internal:  # all connections come from gateways
            timeouts = replace(timeouts, idle=max(timeouts.idle, GATEWAY_IDLE_S))
            return ServerConfig(app, timeouts, Places(files, per_address=None), INTERNAL, lambda _: MESSAGE_BYTES)
        places = Places(files, per_address=self._per_address, proxies=self._settings.trusted_proxies)
        return ServerConfig(app, timeouts, places)

    async def _open(self, stack: AsyncExitStack) -> ASGIApp:
        """Opens every service, starts their loops, and returns what the port serves."""
        public: ASGIApp | None = None
        if self._single_process:
            await self._bus.declare(self._topology)
        started = []
        looks: list[Look] = []
        asked: list[Database] = []
        for service in self._services:
            platform = await self._platform(service, stack)
            asked += platform.pools.values()
            if service.fill is not None:
                await service.fill(platform.database, platform.media)
            components = await stack.enter_async_context(service.open(platform))
            public = public or components.public_app
            if components.app is not None:
                self._owners[service.name] = components.app
            leases = self._connect(service, stack, "leases")
            looks.append(look := Look(service, platform.database, self._bus, self._watchdog))
            runtime = Runtime(service, platform, components, leases)
            self._runtimes.append(runtime)
            looking = partial(look.run, self._watchdog.pulse(f"{service.name}.look"))
            started.append((service.name, await runtime.loops() | {"look": looking}))
        self._is_internal = public is None
        app = public or internal_app(
            self._owners, self._watchdog, observers_of(self._settings)
        )  # may refuse: before all loops
        await look_at_start(looks)
        await open_first(asked)
        for name, loops in started:
            for loop_name, loop in loops.items():
                self._start(f"{name}.{loop_name}", loop)
        self._start("roll calls", partial(answer_census, self._bus))
        self._start("loop lag", measure_loop)
        return app

    async def _platform(self, service: Service, stack: AsyncExitStack) -> Platform:
        database = self._connect(service, stack, "work")
        if self._single_process:
            await database.fetch(statements.FREE_OWNED)
            await database.fetch(statements.CLEAR_OUTBOX_CLAIMS)
        await make_partitions_at_start(database, "inbox")
        relay = Relay(
            service.name,
            database,
            self._bus,
            self._watchdog.pulse(f"{service.name}.relay"),
            self._settings.outbox_budget,
            failpoint(self._settings.crash_at, f"{service.name}.relay"),
        )
        self._relays.append(relay)
        return Platform(
            settings=self._settings,
            database=database,
            pools={name: self._connect(service, stack, name) for name in service.pools},
            bus=self._bus,
            media=self._media,
            keys=self._keys,
            consents=consents_of(self._settings, self._keys),
            retention=self._retention,
            relay=relay,
            watchdog=self._watchdog,
            disks=self._disks,
            topology=self._topology,
            services=frozenset(each.name for each in self._services),
            owners=self._owners,
            stopping=self._stopping,
            suspect_lock=self._suspect_lock,
            single_process=self._single_process,
            direct_url=self._direct_url(service),
        )

    def _direct_url(self, service: Service) -> str:
        of_service, _ = self._sizes(service)
        return of_service or self._settings.direct_database_url or self._database_url

    def _sizes(self, service: Service) -> tuple[str | None, Mapping[str, Pool]]:
        """Returns a service's own address of the database and its pools, read once: each reading takes milliseconds."""
        if service.name not in self._read:
            url = load(ServiceSettings, service.name).database_url
            self._read[service.name] = url, pools(service, Address.of(url or self._database_url).pooler)
        return self._read[service.name]

    def _connect(self, service: Service, stack: AsyncExitStack, purpose: str) -> Database:
        url, sizes = self._sizes(service)
        pool = sizes[purpose]
        database = open_database(
            url or self._database_url,
            service.name,
            size=pool.size,
            answer_within=pool.answer_within,
            purpose="" if purpose == "work" else purpose,
        )
        database.measure(service.name, purpose)
        stack.push_async_callback(database.close)
        return database

    def _start(self, name: str, loop: Callable[[], Awaitable[object]]) -> None:
        async def supervised() -> None:
            await loop()

        task: asyncio.Task[object] = asyncio.create_task(supervised(), name=name)
        self._loops[task] = name
        task.add_done_callback(self._loop_ended)

    def _loop_ended(self, task: asyncio.Task[object]) -> None:
        """Logs a loop that ended before the drain, which is a defect, and ends the process."""
        name = self._loops.pop(task)
        if self._stopping.is_set() or task.cancelled():
            return
        self._failed = True
        _log.error("a loop has ended", loop=name, exc_info=task.exception())
        self._stopping.set()

    async def _serve(self, listening: socket.socket) -> None:
        assert self._server is not None
        await self._server.serve(sockets=[listening])

    def _start_metrics(self, stack: AsyncExitStack) -> None:
        """Serves metrics and reasons on the port of their own."""
        listening = listen(self._settings, metrics=True)
        stack.callback(listening.close)
        app = Router(health_routes(self._watchdog, self._settings.metrics_nets), redirect_slashes=False)
        places = Places(raise_open_files(), per_address=None)
        config = ServerConfig(app, self._settings.http_timeouts, places)
        server = self._metrics = Server(config)
        self._start("metrics", lambda: server.serve(sockets=[listening]))

    async def _bus_connected(self) -> bool:
        return self._bus.connected

    async def _drain(self, linger: float) -> None:
        """Drains the process. Owners go on serving for `linger` seconds, until gateways have seen `/readyz` fail."""
        self._watchdog.draining = True
        if self._server is not None:
            await self._server.let_sockets_close()
            await direct.all_ended()  # before the server closes their connections
            if linger > 0:
                await self._drain_owners(linger)
            self._server.should_exit = True
        if self._metrics is not None:
            self._metrics.should_exit = True
        await asyncio.gather(*(runtime.drain(GRACE_S) for runtime in self._runtimes))
        http = [task for task, name in self._loops.items() if name in ("http", "metrics")]
        if http:
            await asyncio.wait(http, timeout=CLOSING_S)
        await self._drain_owners(0)  # a write goes on after its caller has gone
        await asyncio.gather(*(relay.flush(FLUSH_S) for relay in self._relays))
        loops = list(self._loops)
        for task in loops:
            task.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await asyncio.gather(*(runtime.close() for runtime in self._runtimes))

    async def _drain_owners(self, linger: float) -> None:
        owners: list[object] = list(self._owners.values())
        await asyncio.gather(*(each.drain(linger) for each in owners if isinstance(each, Drained)))
