"""Provides one database of all services for the tests of this folder, and connections to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.fresh_databases import fresh_database
from tests.public_api.principals import CHILD, EVERYBODY, GUARDIAN, add, add_content
from voxbus.services import SERVICES


@pytest.fixture(scope="session")
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, SERVICES) as found:
        owner = await asyncpg.connect(found)
        for name, each in EVERYBODY.items():
            await add(owner, name, each)
        await owner.execute("INSERT INTO gateway.guardians VALUES ($1, $2)", CHILD.id, GUARDIAN.id)
        await add_content(owner)
        await owner.close()
        yield found


@pytest.fixture
async def connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Provides a connection whose transaction is taken back."""
    opened = await asyncpg.connect(url)
    await opened.execute("BEGIN")
    yield opened
    await opened.close()
