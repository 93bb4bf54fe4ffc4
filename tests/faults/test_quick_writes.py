"""Strikes quick writes: their person is erased amid them, and the line to their owner is cut after the request."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response

from chassis.storage.database import open_database
from chassis.storage.keys import open_keys
from chassis.stores_in_memory import LedgerInMemory
from chassis.testing import until
from gateway.jobs.erase_person import erase_person
from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.tcp_proxy import TcpProxy, open_proxy, to_port
from tests.faults.toy_system import ToySystem, toy_system

pytestmark = pytest.mark.timeout(600)
in_full = pytest.mark.in_full

#: writes at once while their person is erased
WRITES = 50
#: by the step at which the writes wait while the erasure begins, the table that they wait for; at any: none
STEPS = {"any": "", "claim": "toys.idempotency", "rows": "toys.notes", "facts": "toys.outbox"}


@pytest.fixture
async def toys(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_url: str, broker: Broker
) -> AsyncIterator[ToySystem]:
    async with toy_system(tmp_path, postgres_url, broker if request.param == "rabbit" else None) as made:
        yield made


@asynccontextmanager
async def held(toys: ToySystem, table: str) -> AsyncIterator[None]:
    """Locks a table against writes; without a table it locks nothing."""
    async with AsyncExitStack() as stack:
        if table:
            connection = await stack.enter_async_context(toys.connected())
            await stack.enter_async_context(connection.transaction())
            await connection.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield


async def erase(toys: ToySystem, person: UUID) -> None:
    """Erases a person as the command does."""
    database, keys = open_database(toys.database_url, "gateway", size=1), open_keys(toys.keys_url, erases=True)
    await erase_person(database, keys, LedgerInMemory(), person)
    await database.close()
    await keys.close()


async def rows_about(toys: ToySystem, person: UUID) -> dict[str, int]:
    """Counts the rows of the toys that are about a person."""
    tables = ("notes", "idempotency")
    counted = {
        name: (await toys.fetch(f"SELECT count(*) FROM toys.{name} WHERE person_id = $1", person))[0][0]
        for name in tables
    }
    return {name: count for name, count in counted.items() if count}


async def is_erased(toys: ToySystem) -> bool:
    """Tells whether the toys have erased a person."""
    rows = await toys.fetch("SELECT 1 FROM toys.inbox WHERE consumer = 'toys.erase_people' AND done_at IS NOT NULL")
    return bool(rows)


async def is_erasure_under_way(toys: ToySystem) -> bool:
    """Tells whether the erasure waits for writes that have begun, or has ended."""
    waiting = await toys.fetch(
        "SELECT 1 FROM pg_locks JOIN pg_database AS d ON d.oid = database"
        " WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    return bool(waiting) or await is_erased(toys)


def case(bus: str, step: str, *marks: pytest.MarkDecorator) -> Any:
    return pytest.param(bus, STEPS[step], id=f"{bus}-{step}", marks=marks)


@pytest.mark.parametrize(
    ("toys", "table"),
    [
        *(case("memory", "rows"), case("rabbit", "any", pytest.mark.landing)),
        *(case("memory", step, in_full) for step in ("any", "claim", "facts")),
        *(case("rabbit", step, in_full) for step in ("claim", "rows", "facts")),
    ],
    indirect=["toys"],
)
async def test_an_erasure_amid_fifty_writes_leaves_no_row(toys: ToySystem, table: str) -> None:
    await toys.serve()
    async with Client(toys.address) as client:
        [[person]] = await toys.fetch("SELECT id FROM gateway.people")

        async def write(number: int) -> Response:
            await asyncio.sleep(0.01 * number)  # so that the erasure meets each at another step
            return await client.http.post("/notes", json={"text": f"note {number}"})

        async with held(toys, table):
            writing = asyncio.gather(*(write(number) for number in range(WRITES)))
            if table:
                await toys.somebody_waits()
            else:
                await until(lambda: rows_about(toys, person), what="a first note", every=0.01)
            await erase(toys, person)
            if table:  # the writes that have begun keep it waiting
                await until(lambda: is_erasure_under_way(toys), what="the erasure at the toys", every=0.01)
        await until(lambda: is_erased(toys), within=60.0, what="the end of the erasure at the toys")
        assert await rows_about(toys, person) == {}
        answers = Counter(answer.status_code for answer in await writing)
        assert answers.keys() <= {201, 401, 503}, answers
        assert await rows_about(toys, person) == {}
        assert (await client.http.post("/notes", json={"text": "late"})).status_code == 401
        assert await rows_about(toys, person) == {}


async def notes(client: Client, text: str) -> int:
    """Counts the notes that say this."""
    listed = (await client.http.get("/notes", params={"limit": 100})).json()["items"]
    return sum(note["text"] == text for note in listed)


@asynccontextmanager
async def cutting(proxy: TcpProxy, saying: bytes) -> AsyncIterator[None]:
    """Cuts every call that says this, once its server has it."""

    async def again() -> None:
        while True:
            if proxy.cut_after is None:
                proxy.cut_after = saying
            await asyncio.sleep(0)

    cuts = asyncio.create_task(again())
    try:
        yield
    finally:
        cuts.cancel()
        proxy.cut_after = None


@pytest.mark.parametrize("toys", ["rabbit"], indirect=True)
async def test_a_line_that_is_cut_after_the_request_does_nothing_twice(toys: ToySystem) -> None:
    await toys.toys()
    async with open_proxy(to_port(toys.toys_port)) as proxy:
        await toys.gateway(toys_url=f"http://127.0.0.1:{proxy.port}")
        toy = await toys.new_toy()
        async with Client(toys.address) as client:
            for number, headers in enumerate(({}, {"Idempotency-Key": "k"})):
                proxy.cut_after = b"POST /notes"
                answer = await client.http.post("/notes", json={"text": f"once {number}"}, headers=headers)
                assert answer.status_code == 201
                assert (proxy.cut_short, await notes(client, f"once {number}")) == (number + 1, 1)
            async with cutting(proxy, b"POST /notes"):
                unknown = await client.http.post("/notes", json={"text": "l"}, headers={"Idempotency-Key": "l"})
                assert (unknown.status_code, unknown.json()["type"]) == (504, "/problems/outcome-unknown")
            again = await client.http.post("/notes", json={"text": "l"}, headers={"Idempotency-Key": "l"})
            assert (again.status_code, again.headers["idempotency-replayed"], await notes(client, "l")) == (
                *(201, "true", 1),
            )
            proxy.cut_after = b"POST /toys"
            cut_short = proxy.cut_short
            wax = {"with_what": "wax"}
            asked = await client.http.post(f"/toys/{toy}/polish", json=wax, headers={"Idempotency-Key": "m"})
            assert (asked.status_code, proxy.cut_short) == (202, cut_short + 1)
            async with cutting(proxy, b"POST /toys"):
                refused = await client.http.post(f"/toys/{toy}/polish", json=wax)
                assert refused.status_code == 503  # nothing is written by who proposes
            assert len((await client.http.get("/jobs")).json()["items"]) == 1
