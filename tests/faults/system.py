"""Runs the product on RabbitMQ and Postgres, as processes with a database and a virtual host of their own."""

from __future__ import annotations

import asyncio
import math
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg

from chassis.bus.rabbit import RabbitBus
from chassis.fresh_databases import fresh_database
from chassis.listener import free_port
from chassis.testing import until
from tests.brokers import Broker
from tests.faults.client import AGAIN_S, Observed
from tests.faults.invariants import Books, Report, check, read_books
from tests.faults.processes import Running, environment, start, start_anew
from tests.pgbouncer import through_pooler
from voxbus.services import SERVICES, topology

SETTLES_WITHIN = 60.0  # seconds
ALL = tuple(service.name for service in SERVICES)


class System:
    """Holds processes with a shared database and virtual host. `system` makes one."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        bus_url: str,
        *,
        by_way_of: tuple[str, str] | None = None,
        secret_key: str | None = None,
    ) -> None:
        """Takes `by_way_of`: the URLs of database and bus for the processes, if a proxy lies between."""
        process_database_url, process_bus_url = by_way_of or (database_url, bus_url)
        self.folder = folder
        self.database_url = database_url
        self.bus_url = bus_url
        # the same for every process that comes after another: of the gateway, and of a service that has routes
        self._port = free_port()
        self._owners = {service.name: free_port() for service in SERVICES if service.routes}
        self._settings = environment(
            folder,
            database_url=process_database_url,
            bus_url=process_bus_url,
            data_dir=str(folder),
            keys_url=f"file://{folder / 'keys.sqlite'}",
            secret_key=secret_key or secrets.token_hex(32),
        )
        self._started: list[Running] = []

    @property
    def address(self) -> str:
        """Returns the address of the gateway that was started with `serve`."""
        return f"http://127.0.0.1:{self._port}"

    async def serve(
        self,
        *services: str,
        crash_at: str | None = None,
        replica: bool = False,
        through: Sequence[str] = (),
        **more: str,
    ) -> Running:
        """Starts a service, or several as one process, and waits until it is ready.

        A `replica` takes any port; `more` are settings by name.
        `through`: a module that starts it otherwise than it is, and that module's arguments.
        """
        port = self._port if "gateway" in services else self._owners.get("-".join(services), 0)
        settings = {"VOXBUS_PORT": str(0 if replica else port)}
        settings |= {
            f"VOXBUS_{name.upper()}_URL": f"http://127.0.0.1:{owner}"
            for name, owner in self._owners.items()
            if name not in services
        }
        settings |= {f"VOXBUS_{name.upper()}": value for name, value in more.items()}
        if crash_at is not None:
            settings["VOXBUS_CRASH_AT"] = crash_at
        program = services if len(services) == 1 else ("voxbus", "serve", *services)
        return await self._start("-".join(services), settings, *through, *program, anew=bool(through))

    async def serve_each(self, *services: str, **more: str) -> None:
        """Starts services as one process each: of those that have routes none shares its port with another."""
        await asyncio.gather(*(self.serve(name, crash_at=None, replica=False, through=(), **more) for name in services))

    async def fake_speech(self, *, through: Sequence[str] = (), **more: str) -> Running:
        """Starts the stand-in for speech. `through` and `more` as with `serve`."""
        settings = {f"VOXBUS_{name.upper()}": value for name, value in more.items()}
        settings = {"VOXBUS_PORT": "0"} | settings
        return await self._start("stand-in", settings, *through, "tests.faults.fake_speech", anew=bool(through))

    async def command(self, *arguments: str) -> None:
        """Runs a command of the operator's, which must go well."""
        name = f"{len(self._started):02d}-{'-'.join(arguments[:2])}.log"
        process = await start(self.folder / name, self._settings, "voxbus", *arguments)
        self._started.append(process)
        await process.ends_well()

    async def kill_all(self) -> None:
        """Kills all processes that still run."""
        await asyncio.gather(*(process.kill() for process in self._started))

    async def stop_all(self) -> None:
        """Drains whatever still runs, the gateway last."""
        for process in reversed(self._started):
            if not process.ended:
                await process.stop()

    async def books(self) -> Books:
        """Reads the present state of all schemas."""
        return await read_books(self.database_url, self.folder / "media")

    async def let_time_pass(self, service: str) -> None:
        """Brings forward what a dead process of the service holds: its leases and its claims on unpublished rows.

        The passing of thirty seconds does nothing else. No other process of the service may be running.
        """
        await self.execute(
            f"UPDATE {service}.inbox SET due_at = now() WHERE done_at IS NULL AND owner IS NOT NULL",
            f"UPDATE {service}.outbox SET claimed_until = now() WHERE claimed_until < 'infinity'",
        )

    async def fetch(self, statement: str, *parameters: object) -> Sequence[asyncpg.Record]:
        """Asks the database as its owner."""
        connection = await asyncpg.connect(self.database_url)
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(statement, *parameters)
            return rows
        finally:
            await connection.close()

    async def execute(self, *statements: str) -> None:
        """Changes the database as its owner."""
        connection = await asyncpg.connect(self.database_url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def ask(self, question: str, *parameters: object) -> Any:
        """Reads one value from the database as its owner; asks again while a fault of the database goes on."""

        async def answer() -> tuple[Any] | None:
            try:
                connection = await asyncpg.connect(self.database_url)
                try:
                    return (await connection.fetchval(question, *parameters),)
                finally:
                    await connection.close()
            except (
                OSError,
                asyncpg.PostgresConnectionError,
                asyncpg.OperatorInterventionError,
                asyncpg.InterfaceError,
            ):
                await asyncio.sleep(AGAIN_S)
                return None

        [value] = await until(answer, within=SETTLES_WITHIN, what="an answer from the database")
        return value

    async def settled(self, observed: Observed, within: float = SETTLES_WITHIN) -> Books:
        """Waits until no work is under way any more.

        When the number has not fallen for `within` seconds, it returns, and the checker reports what is missing.
        """
        least, since = math.inf, monotonic()
        while True:
            began = monotonic()
            books = await self.books()
            left = books.on_its_way(observed.jobs)
            if not left and not await self._waiting():
                return books
            if left < least:
                least, since = left, monotonic()
            if monotonic() - since > within:
                return books
            await asyncio.sleep(max(0.1, 2 * (monotonic() - began)))  # reading slows the work

    async def report(
        self, observed: Observed, *, dead: Mapping[str, int] | None = None, under_way: Collection[UUID] = ()
    ) -> Report:
        """Waits until all is quiet, then checks."""
        return check(await self.settled(observed), observed, dead=dead or {}, under_way=under_way)

    async def _waiting(self) -> int:
        """Counts the messages that lie in any queue."""
        connection = await aio_pika.connect(self.bus_url)
        async with connection, connection.channel() as channel:
            declared = [await channel.declare_queue(queue.name, passive=True) for queue in topology().queues]
        return sum(queue.declaration_result.message_count or 0 for queue in declared)

    async def _start(self, name: str, settings: dict[str, str], module: str, *arguments: str, anew: bool) -> Running:
        """Starts a module. `anew`: in an interpreter of its own, because it comes before the product's imports."""
        log = self.folder / f"{len(self._started):02d}-{name}.log"
        process = await (start_anew if anew else start)(log, self._settings | settings, module, *arguments)
        self._started.append(process)
        await process.ready()
        return process


@asynccontextmanager
async def system(
    folder: Path, server_url: str, broker: Broker, *, secret_key: str | None = None
) -> AsyncIterator[System]:
    """Provides a system without a process yet; at the end its processes and its database are gone."""
    bus_url = await broker.virtual_host()
    bus = await RabbitBus.connect(bus_url, "faults")
    await bus.declare(topology())
    await bus.close()
    fresh = fresh_database(server_url, SERVICES, filled=True)
    async with fresh as database_url, through_pooler(database_url) as pooled:
        made = System(folder, database_url, bus_url, by_way_of=(pooled, bus_url), secret_key=secret_key)
        try:
            yield made
        finally:
            await made.kill_all()
