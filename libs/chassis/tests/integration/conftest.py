"""Provides the demo service on a real Postgres: whole on either bus, or its parts on a bench."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aio_pika
import pytest

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.fresh_databases import fresh_database
from chassis.service import Service
from chassis.storage.media import Media, open_media
from chassis.testing import TAP, Harness, running
from libs.chassis.tests.integration.demo import DemoDeps, demo
from libs.chassis.tests.integration.fixtures import Bench, Cut


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return open_media(None, tmp_path)


@pytest.fixture
def deps(media: Media) -> DemoDeps:
    return DemoDeps(media=media)


@pytest.fixture
def service(deps: DemoDeps) -> Service:
    return demo(deps)


@pytest.fixture
async def database_url(postgres_url: str, service: Service) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, [service]) as url:
        yield url


@pytest.fixture(params=["memory", "rabbit"])
def bus_url(request: pytest.FixtureRequest) -> str:
    """Returns the URL of either bus; the broker is started only when it is wanted."""
    return str(request.getfixturevalue("rabbit_url")) if request.param == "rabbit" else "memory://"


@pytest.fixture
async def bus(bus_url: str, service: Service) -> AsyncIterator[Bus]:
    """Returns an empty bus."""
    if bus_url == "memory://":
        memory = MemoryBus()
        yield memory
        await memory.close()
        return
    rabbit = await RabbitBus.connect(bus_url, "demo")
    yield rabbit
    names = [TAP.name, *(queue.name for queue in service.topology().queues)]
    await rabbit.close()
    async with await aio_pika.connect(bus_url) as connection, connection.channel() as channel:
        for name in names:
            await channel.queue_delete(name)


@pytest.fixture
async def harness(database_url: str, service: Service, bus: Bus, media: Media) -> AsyncIterator[Harness]:
    async with running([service], database_url, bus, media) as found:
        yield found


@pytest.fixture
async def bench(database_url: str, deps: DemoDeps, service: Service) -> AsyncIterator[Bench]:
    bus = MemoryBus()
    await bus.declare(service.topology())
    database = Cut(database_url)
    bench = Bench(database, bus, deps)
    yield bench
    await bench.close()
    await bus.close()
    await database.close()
