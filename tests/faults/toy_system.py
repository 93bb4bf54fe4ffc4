"""Runs the release that has the toys: as one process on the memory bus, or as several on RabbitMQ."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from chassis.bus.rabbit import RabbitBus
from chassis.fresh_databases import fresh_database
from chassis.listener import free_port
from chassis.message.envelope import new_id
from chassis.testing import until
from tests.brokers import Broker
from tests.faults.processes import Running, environment, start
from tests.faults.toy_release import SERVICES, TOPOLOGY
from tests.pgbouncer import through_pooler

_PROGRAM = "tests.faults.toy_release"
#: everything that a job, or an attempt to make one, writes
_TABLES = (
    *("gateway.jobs", "gateway.log", "gateway.outbox", "gateway.idempotency"),
    *("toys.inbox", "toys.outbox", "toys.idempotency"),
)


class ToySystem:
    """Holds a database, and the processes on it. Over a port where there is a broker, else in one process."""

    def __init__(self, folder: Path, database_url: str, bus_url: str | None, *, by_way_of: str) -> None:
        """Takes `by_way_of`: the processes' address of the database."""
        self.database_url = database_url
        self.alone = bus_url is None
        self._folder = folder
        self.toys_port = free_port()
        self.keys_url = f"file://{folder / 'keys.sqlite'}"
        self._port = free_port()
        self._settings = environment(
            folder,
            database_url=by_way_of,
            data_dir=str(folder),
            keys_url=self.keys_url,
            secret_key=secrets.token_hex(32),
            toys_url=f"http://127.0.0.1:{self.toys_port}",
            look_every="0.1",
        )
        if bus_url is not None:
            self._settings["VOXBUS_BUS_URL"] = bus_url
        else:
            del self._settings["VOXBUS_TOYS_URL"]
        self._started: list[Running] = []

    @property
    def address(self) -> str:
        """Returns the address of the gateway."""
        return f"http://127.0.0.1:{self._port}"

    async def gateway(self, *, replica: bool = False, **more: str) -> Running:
        """Starts a gateway, with the toys in its process where there is no broker. A `replica` has any port."""
        port = "0" if replica else str(self._port)
        return await self._start(["gateway", "toys"] if self.alone else ["gateway"], port=port, **more)

    async def toys(self) -> Running:
        """Starts the toys as a process of their own."""
        assert not self.alone
        return await self._start(["toys"], port=str(self.toys_port))

    async def serve(self) -> None:
        """Starts all there is."""
        if not self.alone:
            await self.toys()
        await self.gateway()

    async def new_toy(self) -> UUID:
        """Adds a toy."""
        toy_id = new_id()
        await self.fetch("INSERT INTO toys.toys (id, name, age) VALUES ($1, $2, 3)", toy_id, str(toy_id))
        return toy_id

    async def left(self) -> dict[str, int]:
        """Counts what has been written, by table; what has nothing is left out."""
        tables = {name: name for name in _TABLES}
        # the facts of a sign-up may still wait to be published, and have no job
        tables["gateway.outbox"] = "gateway.outbox WHERE headers ? 'cloudEvents_jobid'"
        counted = {name: (await self.fetch(f"SELECT count(*) FROM {rows}"))[0][0] for name, rows in tables.items()}
        return {name: count for name, count in counted.items() if count}

    async def somebody_waits(self) -> None:
        """Waits until a statement waits for a lock."""

        async def waits() -> bool:
            rows = await self.fetch(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            return bool(rows[0][0])

        await until(waits, what="a statement that waits for a lock")

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """Connects to the database as its owner."""
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def locked(self, toy_id: UUID) -> AsyncIterator[asyncpg.Connection]:
        """Keeps a toy's row locked: who wants to write it waits. What is done with the connection is then committed."""
        async with self.connected() as connection, connection.transaction():
            await connection.execute("SELECT 1 FROM toys.toys WHERE id = $1 FOR UPDATE", toy_id)
            yield connection

    async def fetch(self, statement: str, *parameters: object) -> Sequence[Any]:
        """Asks the database as its owner."""
        async with self.connected() as connection:
            rows: Sequence[Any] = await connection.fetch(statement, *parameters)
            return rows

    async def let_time_pass(self) -> None:
        """Brings forward what dead processes hold: leases, and claims on unpublished rows."""
        for service in SERVICES:
            await self.fetch(f"UPDATE {service}.inbox SET due_at = now() WHERE done_at IS NULL AND owner IS NOT NULL")
            await self.fetch(f"UPDATE {service}.outbox SET claimed_until = now() WHERE claimed_until < 'infinity'")

    async def kill_all(self) -> None:
        """Kills all processes that still run."""
        for process in self._started:
            await process.kill()

    async def _start(self, services: Sequence[str], **more: str) -> Running:
        settings = self._settings | {f"VOXBUS_{name.upper()}": value for name, value in more.items()}
        log = self._folder / f"{len(self._started):02d}-{'-'.join(services)}.log"
        process = await start(log, settings, _PROGRAM, *services)
        self._started.append(process)
        await process.ready()
        return process


@asynccontextmanager
async def toy_system(folder: Path, server_url: str, broker: Broker | None) -> AsyncIterator[ToySystem]:
    """Provides a system without a process yet; on the memory bus where there is no broker."""
    bus_url = None
    if broker is not None:
        bus_url = await broker.virtual_host()
        bus = await RabbitBus.connect(bus_url, "faults")
        await bus.declare(TOPOLOGY)
        await bus.close()
    services = list(SERVICES.values())
    async with fresh_database(server_url, services) as database_url, through_pooler(database_url) as pooled:
        made = ToySystem(folder, database_url, bus_url, by_way_of=pooled)
        try:
            yield made
        finally:
            await made.kill_all()
