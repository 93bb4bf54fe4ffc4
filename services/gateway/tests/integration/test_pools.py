"""However many requests wait for the database, the recorder goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from chassis.settings import ServiceSettings
from chassis.storage.database import Database, Transaction, open_database
from chassis.testing import Harness, until
from services.gateway.tests.integration.test_door import sign_up
from services.gateway.tests.integration.test_sockets import assess, attempt, door, harness, keys, url

__all__ = ["door", "harness", "keys", "url"]

REQUESTS = 50


@pytest.fixture
async def own_database(url: str) -> AsyncIterator[Database]:
    database = open_database(url, "gateway", size=1)
    yield database
    await database.close()


async def test_the_recorder_goes_on_while_requests_hold_all_their_connections(
    door: AsyncClient, harness: Harness, own_database: Database
) -> None:
    job_id = await attempt(door, await sign_up(door))
    someone = {"email": f"{uuid4()}@b.example"}  # asked for without a hash, which takes a fifth of a second
    async with own_database.transaction() as tx:
        await tx.fetch("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
        requests = [asyncio.create_task(door.post("/auth/password/forgot", json=someone)) for _ in range(REQUESTS)]
        await until(lambda: _waiting(tx), what="requests that hold all their connections")
        await assess(harness, job_id)
        await until(lambda: _ended(harness, job_id), what="the end of a job")
    await asyncio.gather(*requests, return_exceptions=True)


async def _waiting(tx: Transaction) -> bool:
    """Tells whether as many statements wait for the lock as there are connections for requests."""
    [[waiting]] = await tx.fetch("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'people'::regclass")
    return bool(waiting >= ServiceSettings().routes_connections)


async def _ended(harness: Harness, job_id: UUID) -> bool:
    [[status]] = await harness.rows("gateway", "SELECT status FROM jobs WHERE id = $1", job_id)
    return bool(status == "succeeded")
