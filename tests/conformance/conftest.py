"""Provides the bus under test, once in memory and once on RabbitMQ, with names of its own for every test."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import uuid4

import pytest

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from tests.conformance.bus_client import BusClient

Connect = Callable[[], Awaitable[Bus]]


@pytest.fixture(params=["memory", "rabbit"])
def url(request: pytest.FixtureRequest) -> str:
    """Provides the URL of the bus under test; starts the broker only if it is wanted."""
    return str(request.getfixturevalue("rabbit_url")) if request.param == "rabbit" else "memory://"


@pytest.fixture
async def connect(url: str) -> AsyncIterator[Connect]:
    """Opens another connection to the same broker; in memory it is the same bus, which has one process only."""
    opened: list[Bus] = []

    async def connect() -> Bus:
        if url != "memory://":
            opened.append(await RabbitBus.connect(url, "conformance"))
        elif not opened:
            opened.append(MemoryBus())
        return opened[-1]

    yield connect
    for bus in opened:
        await bus.close()


@pytest.fixture
async def bus(connect: Connect) -> Bus:
    """Provides a bus."""
    return await connect()


@pytest.fixture
def client(bus: Bus) -> BusClient:
    """Provides a service's queues and a hand that sends and takes."""
    return BusClient(bus, f"t{uuid4().hex[:8]}")
