"""A line to the database that falls silent: a request has a new one; of what has begun, what is known is said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import pytest

from chassis.storage.database import open_database
from chassis.testing import until
from chassis.web.owner import owner_app
from chassis.web.testing import Caller, in_process, signed_in
from libs.chassis.tests.integration.toys import ROUTES
from libs.chassis.tests.integration.web.room import Room
from tests.faults.tcp_proxy import TcpProxy, open_proxy, to_postgres

BEAR = {"name": "Bear", "age": 3}
#: of the one connection that the pool has
ROUTES_POOL = b"voxbus-toys-routes"


@dataclass
class Line:
    """Holds an author's way to an owner, and the owner's way to its database; `now` is the owner's clock."""

    author: Caller
    proxy: TcpProxy
    now: list[float]


@pytest.fixture
async def line(room: Room) -> AsyncIterator[Line]:
    now = [0.0]
    async with open_proxy(to_postgres(room.database.url)) as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}{urlsplit(room.database.url).path}"
        database = open_database(url, "toys", size=1, answer_within=5.0, purpose="routes")
        owner = owner_app(ROUTES, replace(room.context, database=database, clock=lambda: now[0]))
        author = replace(room.caller, exchange=in_process(owner)).by(signed_in("author"))
        assert (await author("GET", "/toys")).status == 200
        yield Line(author, proxy, now)
        await database.close()


async def test_a_read_and_a_write_that_has_not_begun_have_a_new_line(room: Room, line: Line) -> None:
    assert line.proxy.silence(ROUTES_POOL) == 1
    assert (await line.author("GET", "/toys")).status == 200
    assert line.proxy.silence(ROUTES_POOL) >= 1
    answer = await line.author("POST", "/toys", BEAR)
    assert (answer.status, answer.headers.get("idempotency-replayed")) == (201, None)
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)


async def test_a_line_that_falls_silent_in_a_write_leaves_nothing_written(room: Room, line: Line) -> None:
    line.proxy.silence_after = b"INSERT INTO idempotency"
    answer = await line.author("POST", "/toys", BEAR)
    assert (answer.status, answer.problem, answer.headers["voxbus-not-written"]) == (503, "unavailable", "1")
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)
    assert (await line.author("POST", "/toys", BEAR)).status == 201


async def test_a_write_whose_commit_is_not_answered_is_looked_up(room: Room, line: Line) -> None:
    line.proxy.silence_after = b"COMMIT"
    answer = await line.author("POST", "/toys", BEAR)
    assert (answer.status, answer.headers["idempotency-replayed"]) == (201, "true")
    assert (await room.count("toys"), await room.count("outbox")) == (1, 1)


async def test_a_write_whose_commit_is_not_answered_in_time_is_504(room: Room, line: Line) -> None:
    line.proxy.silence_after = b"COMMIT"
    writing = asyncio.create_task(line.author("POST", "/toys", BEAR))

    async def silent() -> bool:
        return line.proxy.silence_after is None

    await until(silent, what="the commit")
    line.now[0] += 9
    answer = await writing
    assert (answer.status, answer.problem) == (504, "outcome-unknown")
    assert await room.count("toys") == 1
