"""Prints what a pooler costs: the same work directly and through PgBouncer, in turns. Part of `make pooler`."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from chassis.pooler import MODES
from chassis.storage.database import Database, begin_within, open_database
from chassis.testing import fresh_database
from content.service import SERVICE as CONTENT
from tests.faults.tcp_proxy import open_proxy, to_postgres
from tests.pgbouncer import by_port, open_pgbouncer
from voxbus.local.postgres import start_postgres

ROUNDS, TIMES, AT_ONCE = 7, 300, 4
READ = "SELECT id FROM twisters WHERE id = $1::uuid"
NOBODY = "00000000-0000-0000-0000-000000000000"


async def write(database: Database) -> None:
    """Runs a transaction of the shape of a quick write: begin with limits, two statements, commit."""
    async with database.transaction(lambda: begin_within(8)) as tx:
        await tx.fetch(READ, NOBODY)
        await tx.fetch("SELECT count(*) FROM outbox WHERE id = $1::uuid", NOBODY)


async def read(database: Database) -> None:
    """Runs a statement that commits by itself."""
    await database.fetch(READ, NOBODY)


WORK: dict[str, Callable[[Database], Awaitable[None]]] = {
    "transaction of two statements": write,
    "statement alone": read,
}


async def measure(work: Callable[[Database], Awaitable[None]], database: Database) -> tuple[float, float]:
    """Returns how often a second four callers do it, and this process's microseconds of a processor for each."""

    async def caller() -> None:
        for _ in range(TIMES):
            await work(database)

    began, used = time.perf_counter(), time.process_time()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    count = AT_ONCE * TIMES
    return count / (time.perf_counter() - began), (time.process_time() - used) / count * 1e6


async def main() -> None:
    """Measures in rounds, and prints the best of each, which other work on the machine has disturbed least."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        postgres = await stack.enter_async_context(await start_postgres(folder / "server", lambda _: None))
        url = await stack.enter_async_context(fresh_database(postgres.dsn, [CONTENT]))
        addresses = {"direct (Unix socket)": url}
        for mode in MODES:
            place = stack.enter_context(TemporaryDirectory())
            port = await stack.enter_async_context(open_pgbouncer(url, Path(place), mode))
            addresses[f"PgBouncer, {mode}"] = by_port(url, port, mode)
        sides = {name: open_database(address, "content", size=AT_ONCE) for name, address in addresses.items()}
        found = {(side, work): list[tuple[float, float]]() for work in WORK for side in sides}
        for _ in range(ROUNDS):
            for (side, name), rates in found.items():
                rates.append(await measure(WORK[name], sides[side]))
        for (side, name), rates in found.items():
            trips = await round_trips(WORK[name], addresses[side])
            rate, cost = max(rate for rate, _ in rates), min(cost for _, cost in rates)
            sys.stdout.write(
                f"{name:<30} {side:<24} {trips} round trips  {cost:>5.0f} µs of processor  {rate:>6.0f}/s\n"
            )
        for database in sides.values():
            await database.close()


async def round_trips(work: Callable[[Database], Awaitable[None]], address: str) -> int:
    """Counts how often the client waits for the server, once its statements are known."""
    plain, _, parameter = address.partition("?pooler=")
    async with open_proxy(to_postgres(plain)) as proxy:
        database = open_database(by_port(plain, proxy.port, parameter or None), "content", size=1)
        for _ in range(2):
            said = proxy.said
            await work(database)
        trips = proxy.said - said
        await database.close()
        return trips


if __name__ == "__main__":
    uvloop.run(main())
