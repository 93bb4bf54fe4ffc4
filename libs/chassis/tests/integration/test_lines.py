"""Tests connections that die without a word: what asks next has a new one within 3 s, and slow statements go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from chassis.fresh_databases import fresh_database
from chassis.storage.database import Database, open_database
from chassis.storage.errors import is_outage
from chassis.storage.statement import Repeatable
from libs.chassis.tests.integration.demo import DemoDeps, demo
from tests.faults.tcp_proxy import TcpProxy, open_proxy, to_postgres

#: of every connection of the pool
POOL = b"voxbus-demo"
WITHIN_S = 3.0
WRITE = "INSERT INTO effects_done VALUES ($1, 'test')"
BACKEND = Repeatable("SELECT pg_backend_pid()")


@dataclass
class Line:
    """Holds a pool, the way from it to its server, and how far the pool's clock is ahead."""

    database: Database
    proxy: TcpProxy
    ahead: float = 0.0

    async def backends(self, number: int) -> list[int]:
        """Returns the processes of the server behind so many connections at a time."""

        async def backend() -> int:
            async with self.database.transaction() as tx:
                [[found]] = await tx.fetch("SELECT pg_backend_pid() FROM pg_sleep(0.05)")
                return int(found)

        return await asyncio.gather(*(backend() for _ in range(number)))


@pytest.fixture
async def line(postgres_url: str) -> AsyncIterator[Line]:
    async with fresh_database(postgres_url, [demo(DemoDeps())]) as url, open_proxy(to_postgres(url)) as proxy:
        database = open_database(f"postgresql://postgres@127.0.0.1:{proxy.port}{urlsplit(url).path}", "demo", size=3)
        line = Line(database, proxy)
        database._lines.clock = lambda: monotonic() + line.ahead
        yield line
        await database.close()


@pytest.mark.parametrize("idle", [0.0, 400.0])
async def test_a_read_and_a_transaction_have_a_new_connection(line: Line, idle: float) -> None:
    for reads in (True, False):
        before = await line.backends(3)
        line.ahead += idle
        assert line.proxy.silence(POOL) >= 3
        async with asyncio.timeout(WITHIN_S):
            if reads:
                [[backend]] = await line.database.fetch(BACKEND)
            else:
                async with line.database.transaction() as tx:
                    [[backend]] = await tx.fetch("SELECT pg_backend_pid()")
                    await tx.execute(sa.text("INSERT INTO effects_done VALUES ('a', 'test')"))
        assert backend not in before


async def test_after_one_was_found_dead_the_others_are_not_tried(line: Line) -> None:
    before = await line.backends(3)
    line.proxy.silence(POOL)
    async with asyncio.timeout(WITHIN_S):
        await line.database.fetch(BACKEND)
        assert not {*before} & {*await line.backends(3)}


async def test_a_write_over_a_connection_that_lay_idle_is_written(line: Line) -> None:
    await line.backends(1)
    line.ahead += 400
    line.proxy.silence(POOL)
    async with asyncio.timeout(WITHIN_S):
        await line.database.fetch(WRITE, "a")
    assert len(await line.database.fetch("SELECT key FROM effects_done")) == 1


async def test_a_write_that_was_not_answered_is_an_outage_soon_and_never_written_twice(line: Line) -> None:
    await line.backends(1)
    line.proxy.silence_after = b"INSERT"
    with pytest.raises(DBAPIError) as caught:
        async with asyncio.timeout(WITHIN_S):
            await line.database.fetch(WRITE, "a")
    assert is_outage(caught.value)
    assert len(await line.database.fetch("SELECT key FROM effects_done")) <= 1


async def test_a_function_that_writes_is_asked_once_more_only_if_its_statement_permits_it(line: Line) -> None:
    await line.database.fetch("CREATE SEQUENCE counted")
    count = "SELECT nextval('counted') AS n"
    for statement in (count, Repeatable(count)):
        await line.backends(1)
        line.proxy.silence_after = b"nextval"
        async with asyncio.timeout(WITHIN_S):
            try:
                [[found]] = await line.database.fetch(statement)
            except DBAPIError as error:
                assert is_outage(error)
                found = None
        assert (found is None) == (statement is count)


async def test_a_slow_statement_goes_on(line: Line) -> None:
    line.database._lines.late_after = 0.05
    slow = "SELECT pg_backend_pid() FROM pg_sleep(0.6)"
    async with line.database.transaction() as tx:
        [[first]], [[second]] = [await tx.fetch(statement) for statement in (slow, "SELECT pg_backend_pid()")]
    assert first == second


async def test_nothing_is_asked_of_a_connection_in_use(line: Line) -> None:
    """Counts what the client says: a transaction is its BEGIN, its statements and its COMMIT, and nothing else."""
    await line.backends(1)
    said = line.proxy.said
    for _ in range(10):
        async with line.database.transaction() as tx:
            await tx.fetch("SELECT pg_backend_pid() FROM pg_sleep(0.05)")
        await line.database.fetch("SELECT 1")
    assert line.proxy.said - said <= 10 * 4 + 2  # a statement that is new is prepared first


async def test_one_that_lay_idle_is_asked_once(line: Line) -> None:
    await line.backends(1)
    await line.database.fetch("SELECT 1")
    said = line.proxy.said
    line.ahead += 400
    await line.database.fetch("SELECT 1")
    await line.database.fetch("SELECT 1")
    assert line.proxy.said - said == 3
