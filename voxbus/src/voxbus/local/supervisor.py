"""Runs each service as a process of its own on one machine, with a private RabbitMQ node and Postgres by default."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from chassis.connections import check_connections
from chassis.console import notify_operator
from chassis.drain_times import LONGEST_DRAIN_S
from chassis.errors import SettingsError
from chassis.known_settings import needed
from chassis.listener import free_port
from chassis.main import judge_settings, log_path
from chassis.parent_death import bound
from chassis.service import Service
from chassis.settings import FILE, PREFIX, Settings, load
from chassis.signals import stop_on_signals
from chassis.storage.keys import keys_url
from chassis.storage.migrations import migrate
from gateway.service import SERVICE as GATEWAY
from gateway.settings import GatewaySettings, signing_key
from voxbus.keystore import prepare_keys, with_own_keys
from voxbus.local.postgres import start_postgres
from voxbus.local.rabbitmq import start_node
from voxbus.logins import own_logins
from voxbus.services import SERVICES
from voxbus.topology import apply_topology
from voxbus.whole import refuse_what_is_not_whole

_RESTART_AFTER_S = 1.0
_BETWEEN_GATEWAYS, _HIGHEST_PORT = 10, 65535
_LOOPBACK, _EVERYWHERE = "127.0.0.1", ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Place:
    """Says where a process listens. `name` is what messages and its log call it, `service` what it runs."""

    name: str
    service: Service
    port: int
    metrics_port: int | None


async def run_rabbit(settings: Settings) -> bool:
    """Starts the servers that no URL names, then the services; starts a dead service again. Ctrl-C drains."""
    judge_settings(SERVICES, settings)
    gateway = load(GatewaySettings)
    places = places_of(settings, gateway.gateways)
    logins = own_logins(SERVICES)
    async with AsyncExitStack() as stack:
        settings = with_own_keys(settings, notify_operator)
        keys = keys_url(settings)
        own = {f"{PREFIX}KEYS_URL": keys}
        database_url = settings.database_url
        if database_url is None:
            own[f"{PREFIX}SECRET_KEY"] = signing_key(settings, gateway)
            postgres = await stack.enter_async_context(await start_postgres(settings.data_dir, notify_operator))
            guarding = asyncio.create_task(postgres.guard(notify_operator))
            stack.callback(guarding.cancel)
            database_url = postgres.dsn
            logins = dict.fromkeys((service.name for service in SERVICES), None)
            own |= {
                f"{PREFIX}{service.name.upper()}_DATABASE_URL": postgres.login(service.name) for service in SERVICES
            }
        bus_url = settings.bus_url
        if bus_url.startswith("memory:"):
            node = await stack.enter_async_context(await start_node(settings.data_dir / "rabbitmq", notify_operator))
            watching = asyncio.create_task(node.guard(notify_operator))
            stack.callback(watching.cancel)
            bus_url = node.url
        own |= {f"{PREFIX}DATABASE_URL": database_url, f"{PREFIX}BUS_URL": bus_url}
        await refuse_what_is_not_whole(settings.direct_database_url or database_url)
        notify_operator("bringing database and broker up to date")
        await migrate(settings.direct_database_url or database_url, SERVICES, logins=logins)
        await prepare_keys(keys)
        await check_connections([place.service for place in places], database_url)
        await apply_topology(settings.model_copy(update={"bus_url": bus_url, "database_url": database_url}))
        await Supervisor(with_own(os.environ, own), settings, places).run()
    return True


def with_own(environment: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Returns an environment with settings of the supervisor's own, and without the files that gave others."""
    files = {f"{name}{FILE}" for name in own}
    return {name: value for name, value in environment.items() if name.upper() not in files} | dict(own)


def ports_of(first: int) -> dict[str, int]:
    """Returns each service's port: `first` and the next ones; with 0 a free port for each service with routes."""
    if first:
        return {service.name: first + offset for offset, service in enumerate(SERVICES)}
    return {service.name: free_port() if service.routes else 0 for service in SERVICES}


def places_of(settings: Settings, gateways: int) -> list[Place]:
    """Returns where each process listens: one of each service, and further gateways ten ports apart.

    Raises `SettingsError` when there is no such port.
    """
    ports = ports_of(settings.port)
    metrics_ports = {} if settings.metrics_port is None else ports_of(settings.metrics_port)
    places = [
        Place(service.name, service, ports[service.name], metrics_ports.get(service.name)) for service in SERVICES
    ]
    for nth in range(2, gateways + 1):
        after = _BETWEEN_GATEWAYS * (nth - 1)
        port = settings.port and settings.port + after
        metrics_port = settings.metrics_port and settings.metrics_port + after
        if max(port, metrics_port or 0) > _HIGHEST_PORT:
            raise SettingsError(f"{PREFIX}GATEWAYS is wrong: gateway {nth} would have a port above {_HIGHEST_PORT}.")
        places.append(Place(f"{GATEWAY.name}-{nth}", GATEWAY, port, metrics_port))
    return places


def owner_urls(settings: Settings, ports: Mapping[str, int]) -> dict[str, str]:
    """Returns the settings by which the gateway finds the services that have routes."""
    host = _LOOPBACK if settings.host in _EVERYWHERE else settings.host
    host = f"[{host}]" if ":" in host else host
    return {
        f"{PREFIX}{service.name.upper()}_URL": f"http://{host}:{ports[service.name]}"
        for service in SERVICES
        if service.routes
    }


class Supervisor:
    """Keeps the processes alive, one for each service and further gateways, until asked to stop."""

    def __init__(self, environment: dict[str, str], settings: Settings, places: Sequence[Place]) -> None:
        self._settings = settings
        self._places = places
        self._environment = environment | owner_urls(settings, {place.name: place.port for place in places})
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Keeps every process running until a signal; then drains all of them."""
        stop_on_signals(self._stopping.set)
        await asyncio.gather(*(self._keep(place) for place in self._places))

    async def _keep(self, place: Place) -> None:
        while not self._stopping.is_set():
            process = await self._start(place)
            ended = asyncio.create_task(process.wait())
            stopping = asyncio.create_task(self._stopping.wait())
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if self._stopping.is_set():
                await self._end(process, ended)
                return
            notify_operator(f"{place.name} has ended with {process.returncode}: starting it again")
            await asyncio.sleep(_RESTART_AFTER_S)

    async def _start(self, place: Place) -> asyncio.subprocess.Process:
        environment = needed(self._environment, place.service) | {f"{PREFIX}PORT": str(place.port)}
        if place.metrics_port is not None:
            environment[f"{PREFIX}METRICS_PORT"] = str(place.metrics_port)
        command = bound(
            sys.executable, "-m", place.service.name, "--log-file", str(log_path(self._settings, place.name))
        )
        return await asyncio.create_subprocess_exec(*command, env=environment, start_new_session=True)

    async def _end(self, process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        done, _ = await asyncio.wait({ended}, timeout=LONGEST_DRAIN_S + 5)
        if not done:
            process.kill()
            await ended
