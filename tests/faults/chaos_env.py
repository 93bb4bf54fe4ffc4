"""Provides the environment for faults: the product as five processes under steady load, and both servers.

Both servers are reached over lines that can be cut and held, and the database server is the stage's own. Faults follow
each other on one stage; each is followed by a check of everything that ever happened on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from chassis.bus.rabbit import RabbitBus
from chassis.storage.migrations import migrate
from chassis.testing import until
from tests.brokers import Broker
from tests.faults.client import Client, Observed
from tests.faults.invariants import Report, check
from tests.faults.load import steady
from tests.faults.processes import Running
from tests.faults.system import System
from tests.faults.tcp_proxy import TcpProxy, open_proxy, to_port, to_postgres
from tests.pgbouncer import MODE, by_port, through_pooler
from voxbus.local.postgres import EmbeddedPostgres, start_postgres
from voxbus.services import SERVICES, topology

PEOPLE = 4
PER_SECOND = 4.0
#: seconds after a fault's end within which nothing may be on its way any more: a lease, its reaper's round, a retry
SETTLES_WITHIN = 150.0
#: seconds a client stays with its job: longer than any fault and the longest wait for a lease after it
FOLLOW_TIMEOUT_S = 240.0
#: what runs: each of these is one process
PROCESSES = ("gateway", "speech", "feedback", "content", "notify")


@dataclass(frozen=True, slots=True)
class Fault:
    """Describes a fault by the name in the report.

    `strike` begins the fault, keeps it up for about the given seconds, ends it, and raises AssertionError if it had no
    effect. `seconds` are those of a full run, `briefly` those in `make test`; None if it is not injected there. `upon`
    names the affected part ("broker", "database", "processes", "messages"): nemesis sometimes injects two faults of
    different parts at once, and a fault without a part always alone.
    """

    name: str
    strike: Callable[[ChaosEnv, float], Coroutine[None, None, None]]
    seconds: float = 10.0
    briefly: float | None = None
    upon: str | None = None


@dataclass(slots=True)
class ChaosEnv:
    """Represents one stage for faults. `open_chaos_env` makes it."""

    system: System
    broker: Broker
    postgres: EmbeddedPostgres
    to_broker: TcpProxy
    to_database: TcpProxy
    recording: bytes
    #: each is one person; the first one is for faults that need a client of their own
    clients: list[Client]
    processes: dict[str, Running] = field(default_factory=dict)
    #: messages that were meant to fail, by consumer
    dead: Counter[str] = field(default_factory=Counter)

    async def serve(self, name: str, *, through: Sequence[str] = (), **more: str) -> Running:
        """Starts one of the processes, the stand-in for speech; it takes the place of the one that ran before."""
        if name == "speech":
            started = await self.system.fake_speech(through=through, **more)
        else:
            started = await self.system.serve(name, replica=False, through=through, **more)
        self.processes[name] = started
        return started

    async def kill(self, name: str) -> None:
        """Kills the stand-in with signal 9. `serve` starts it again; messages it held come back when leases end."""
        await self.processes[name].kill()

    async def kill_database(self) -> None:
        """Kills the whole database server with signal 9; its guard starts it again."""
        os.kill(self.postgres.pid, signal.SIGKILL)

    async def under_way(self) -> set[UUID]:
        """Returns the jobs that are under way now."""
        return (await self.system.books()).under_way()

    def observed(self) -> Observed:
        """Collects what all clients were told; streams that are still followed go on growing."""
        observed = Observed()
        for client in self.clients:
            observed.jobs |= client.observed.jobs
            observed.streams |= client.observed.streams
        return observed

    async def check(self) -> Report:
        """Waits until everything has come to rest, and holds the books against what all clients were told."""
        observed = self.observed()
        return check(await self.system.settled(observed, SETTLES_WITHIN), observed, dead=self.dead)

    async def suffer(self, fault: Fault, seconds: float) -> Report:
        """Applies load, then the fault under load, then load again; reports the outcome of all jobs."""
        known = sum(len(client.observed.jobs) for client in self.clients)
        async with steady(self.clients[1:], self.recording, PER_SECOND) as load:
            await until(self.under_way, what="the first job under way")
            striking = asyncio.create_task(fault.strike(self, seconds))
            await asyncio.sleep(seconds / 2)
            met = await self.met(striking)
            await striking
            load.raise_failed()
            await asyncio.sleep(1)  # some that meet only what the fault has left
        report = await self.check()
        report.jobs -= known
        wrong = {job for job in met for line in report.lost + report.unexpected if str(job) in line}
        report.recovered = len(met - wrong)
        return report

    async def met(self, striking: asyncio.Task[None]) -> set[UUID]:
        """Returns the jobs a fault has come upon; read when the database can be read, which may be after its end."""
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return await asyncio.wait_for(self.under_way(), 3)
        await asyncio.wait([striking])
        return await self.under_way()


@asynccontextmanager
async def open_chaos_env(folder: Path, broker: Broker, recording: bytes) -> AsyncIterator[ChaosEnv]:
    """Provides everything started, nothing under load yet; all of it gone at the end."""
    async with AsyncExitStack() as stack:
        postgres = await stack.enter_async_context(await start_postgres(folder / "own", lambda _: None))
        guard = asyncio.create_task(postgres.guard(lambda _: None))
        stack.push_async_callback(_ended, guard)
        await migrate(postgres.dsn, SERVICES)
        bus_url = await broker.virtual_host()
        bus = await RabbitBus.connect(bus_url, "faults")
        await bus.declare(topology())
        await bus.close()
        address = urlsplit(bus_url)
        pooled = await stack.enter_async_context(through_pooler(postgres.dsn))
        to_broker = await stack.enter_async_context(open_proxy(to_port(address.port or 5672)))
        to_database = await stack.enter_async_context(open_proxy(to_postgres(pooled)))
        system = System(
            folder,
            postgres.dsn,
            bus_url,
            by_way_of=(
                by_port(postgres.dsn, to_database.port, MODE),
                urlunsplit(
                    address._replace(netloc=f"{address.username}:{address.password}@127.0.0.1:{to_broker.port}")
                ),
            ),
        )
        stack.push_async_callback(system.kill_all)
        env = ChaosEnv(system, broker, postgres, to_broker, to_database, recording, [])
        await asyncio.gather(*(env.serve(name) for name in PROCESSES))
        for _ in range(PEOPLE):
            env.clients.append(await stack.enter_async_context(Client(system.address, FOLLOW_TIMEOUT_S)))
        yield env


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
