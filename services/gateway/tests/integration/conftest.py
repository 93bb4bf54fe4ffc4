"""Provides one migrated database for all tests of the gateway's core; each uses its own person and jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.storage.database import Database, open_database
from chassis.stores_in_memory import keys_beside
from gateway.service import SERVICE
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench, OneAtATime
from services.gateway.tests.integration.house import House
from services.gateway.tests.integration.test_door import KEY, opened


@pytest.fixture(scope="session")
async def gateway_url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, [SERVICE]) as url:
        yield url


@pytest.fixture(scope="session")
async def gateway_database(gateway_url: str) -> AsyncIterator[Database]:
    database = OneAtATime(open_database(gateway_url, "gateway"))
    yield database
    await database.close()


@pytest.fixture
async def machine_url(postgres_url: str) -> AsyncIterator[str]:
    """Provides a database that no other test writes to."""
    async with fresh_database(postgres_url, [SERVICE]) as url:
        yield url


@pytest.fixture
async def bench(gateway_database: Database, gateway_url: str) -> AsyncIterator[Bench]:
    bus = MemoryBus()
    await bus.declare(SERVICE.topology())
    bench = Bench(gateway_database, bus, store=keys_beside(gateway_url))
    yield bench
    await bench.relay.flush(0)
    await bus.close()


@pytest.fixture
async def house(bench: Bench, tmp_path: Path) -> AsyncIterator[House]:
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own) as one, opened(bench, tmp_path, own) as other:
        yield House(one, other, bench)
