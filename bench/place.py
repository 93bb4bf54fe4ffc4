"""Prepares the environment of a run: a migrated database, a broker with its queues, and one process per side."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractQueue

from bench.processor import cpu_of, family
from bench.service import RESULTS, SERVICE, baseline_queue, topology
from chassis.bus.rabbit import RabbitBus
from chassis.fresh_databases import fresh_database
from chassis.parent_death import bound
from chassis.service import Service
from gateway.service import SERVICE as GATEWAY

ROOT = Path(__file__).parents[1]
BASELINES = ("baseline_per_message", "baseline_batched")
_BASELINE_TABLES = """
CREATE SCHEMA baseline;
CREATE TABLE baseline.inbox (id uuid PRIMARY KEY, done_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE baseline.results (id uuid PRIMARY KEY, text text NOT NULL);
CREATE TABLE baseline.requests (id uuid PRIMARY KEY, person_id uuid NOT NULL, body text NOT NULL);
"""
_TABLES = """
baseline.inbox baseline.results baseline.requests bench.inbox bench.outbox bench.results
gateway.jobs gateway.log gateway.outbox
""".split()
_STOPS_WITHIN = 30.0


@dataclass(frozen=True)
class Worker:
    """Holds a process of one side."""

    process: asyncio.subprocess.Process

    def cpu(self) -> float:
        """Returns the seconds of processor time the process has used so far (proc(5): utime and stime)."""
        return cpu_of(self.process.pid)

    def resident(self) -> int:
        """Returns the bytes of memory the process holds (proc(5): VmRSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
        return int(line.split()[1]) * 1024

    def check(self) -> None:
        """Raises RuntimeError when it has died."""
        if self.process.returncode is not None:
            raise RuntimeError(f"a side has ended by itself ({self.process.returncode})")


class Place:
    """Holds broker and database of a run."""

    def __init__(
        self,
        amqp_url: str,
        database_url: str,
        bus: RabbitBus,
        admin: asyncpg.Connection,
        servers: Mapping[str, int],
    ) -> None:
        """Takes `servers`: process ids of `broker` and `database`, if they belong to this run."""
        self._servers = servers
        self.amqp_url = amqp_url
        self.database_url = database_url
        self.bus = bus
        self.admin = admin
        self._queues: dict[str, AbstractQueue] = {}
        self._kept: dict[str, str] = {}
        self._kept_until = UUID(int=0)

    async def take(self, channel: aio_pika.abc.AbstractChannel) -> None:
        """Declares the queues."""
        queues = topology(BASELINES)
        await self.bus.declare(queues)
        for queue in queues.queues:
            self._queues[queue.name] = await channel.get_queue(queue.name)

    async def clear(self) -> None:
        """Empties every queue and table, and leaves nothing for a checkpoint to write."""
        for queue in self._queues.values():
            await queue.purge()
        await self.admin.execute(f"TRUNCATE {', '.join(table for table in _TABLES if table not in self._kept)}")
        for table, key in self._kept.items():
            await self.admin.execute(f"DELETE FROM {table} WHERE {key} >= $1", self._kept_until)
            await self.admin.execute(f"VACUUM (ANALYZE) {table}")
        await self.admin.execute("CHECKPOINT")

    def keep_until(self, until: UUID, keys: Mapping[str, str]) -> None:
        """Keeps rows below this id from now on in these tables, given with the column of their key."""
        self._kept_until, self._kept = until, dict(keys)

    async def purge(self, queue: str) -> None:
        """Empties a queue."""
        await self._queues[queue].purge()

    async def results(self) -> int:
        """Counts the results that wait."""
        declared = await self._queues[RESULTS.name].declare()
        return declared.message_count or 0

    async def rows(self, table: str) -> int:
        """Counts the rows of a table beside those that are kept."""
        where = f"WHERE {self._kept[table]} >= $1" if table in self._kept else "WHERE $1::uuid IS NOT NULL"
        return int(await self.admin.fetchval(f"SELECT count(*) FROM {table} {where}", self._kept_until))

    def cpu(self, worker: Worker) -> dict[str, float]:
        """Returns the seconds of processor time that each process has used so far."""
        return {"worker": worker.cpu()} | {name: cpu_of(*family(pid)) for name, pid in self._servers.items()}

    @asynccontextmanager
    async def worker(self, module: str, *arguments: str, database_url: str | None = None) -> AsyncIterator[Worker]:
        """Runs a side in a process of its own until the end of the block; `database_url` replaces the run's."""
        command = [
            sys.executable,
            "-m",
            f"bench.{module}",
            self.amqp_url,
            database_url or self.database_url,
            *arguments,
        ]
        process = await asyncio.create_subprocess_exec(*bound(*command), cwd=ROOT)
        try:
            yield Worker(process)
        finally:
            if process.returncode is None:
                process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOPS_WITHIN)
            except TimeoutError:
                process.kill()
                await process.wait()


@asynccontextmanager
async def place(
    amqp_url: str,
    server_url: str,
    servers: Mapping[str, int] | None = None,
    services: Sequence[Service] = (GATEWAY,),
) -> AsyncIterator[Place]:
    """Prepares a broker connection and a new database on a server, with these services. `servers` as in `Place`."""
    async with fresh_database(server_url, [*services, SERVICE]) as database_url:
        admin = await asyncpg.connect(database_url)
        bus = await RabbitBus.connect(amqp_url, "bench-load")
        connection = await aio_pika.connect(amqp_url)
        try:
            await admin.execute(_BASELINE_TABLES)
            found = Place(amqp_url, database_url, bus, admin, servers or {})
            await found.take(await connection.channel())
            yield found
        finally:
            await connection.close()
            await bus.close()
            await admin.close()


def work_arguments(side: str) -> tuple[str, ...]:
    """Returns the arguments that a side needs besides the addresses of broker and database."""
    return (baseline_queue(side),) if side in BASELINES else ()
