"""Measures what a pooler costs: the same work directly over a Unix socket, and through PgBouncer, in turns."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.place import Place
from bench.plan import Plan
from chassis.pooler import MODES
from chassis.storage.database import Database, begin_within, open_database
from tests.faults.tcp_proxy import open_proxy, to_postgres
from tests.pgbouncer import by_port, open_pgbouncer

DIRECT = "direct"
SIDES = (DIRECT, *(f"pgbouncer_{mode}" for mode in MODES))
_AT_ONCE = 4
_READ = "SELECT id FROM jobs WHERE id = $1::uuid"
_NOBODY = "00000000-0000-0000-0000-000000000000"


async def _transaction(database: Database) -> None:
    """Has the shape of a quick write: begin with limits, two statements, commit."""
    async with database.transaction(lambda: begin_within(8)) as tx:
        await tx.fetch(_READ, _NOBODY)
        await tx.fetch("SELECT count(*) FROM outbox WHERE id = $1::uuid", _NOBODY)


async def _statement(database: Database) -> None:
    """Commits by itself."""
    await database.fetch(_READ, _NOBODY)


_WORK: dict[str, Callable[[Database], Awaitable[None]]] = {"transaction": _transaction, "statement": _statement}
#: what is compared with the same of `direct`
FIGURES = tuple(f"{work}{what}" for work in _WORK for what in ("_trips", "_cpu", "s"))


@asynccontextmanager
async def addresses(place: Place) -> AsyncIterator[dict[str, str]]:
    """Yields the address of each side, with a PgBouncer for each mode until the end of the block."""
    async with AsyncExitStack() as stack:
        found = {DIRECT: place.database_url}
        for mode in MODES:
            folder = stack.enter_context(TemporaryDirectory(prefix="voxbus-bench-"))
            port = await stack.enter_async_context(open_pgbouncer(place.database_url, Path(folder), mode))
            found[f"pgbouncer_{mode}"] = by_port(place.database_url, port, mode)
        yield found


async def measure(address: str, plan: Plan) -> dict[str, float]:
    """Returns of each work how often four callers do it in a second, our processor ms and the round trips for one."""
    found = {}
    database = open_database(address, "gateway", size=_AT_ONCE)
    for name, work in _WORK.items():
        await asyncio.gather(*(work(database) for _ in range(_AT_ONCE)))
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(_repeated(work, database, plan.pooled // _AT_ONCE) for _ in range(_AT_ONCE)))
        done = plan.pooled // _AT_ONCE * _AT_ONCE
        found[f"{name}s"] = done / (time.perf_counter() - began)
        found[f"{name}_cpu"] = 1000 * (time.process_time() - used) / done
        found[f"{name}_trips"] = await _trips(work, address)
    await database.close()
    return found


async def _repeated(work: Callable[[Database], Awaitable[None]], database: Database, times: int) -> None:
    for _ in range(times):
        await work(database)


async def _trips(work: Callable[[Database], Awaitable[None]], address: str) -> float:
    """Counts how often the work waits for the server, once its statements are known; also where it only prepares."""
    plain, _, mode = address.partition("?pooler=")
    async with open_proxy(to_postgres(plain)) as proxy:
        database = open_database(by_port(plain, proxy.port, mode or None), "gateway", size=1)
        for _ in range(2):
            before = proxy.said
            await work(database)
        trips = proxy.said - before
        await database.close()
        return trips
