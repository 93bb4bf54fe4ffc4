"""Provides the toys on a real Postgres, behind a gateway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.web.principal import Principal
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.port import PortHop
from libs.chassis.tests.integration.web.room import KEY, Room, open_room
from services.gateway.tests.integration.edge.door import Door, door, served
from services.gateway.tests.integration.edge.slow_verb import Polishing
from services.gateway.tests.integration.fixtures import Bench


@pytest.fixture
async def room(postgres_url: str) -> AsyncIterator[Room]:
    async with open_room(postgres_url) as room:
        yield room


@pytest.fixture(params=["in process", "over the port"])
async def toys(request: pytest.FixtureRequest, room: Room) -> AsyncIterator[Door]:
    """Provides a gateway in front of the toys, over each hop."""
    if request.param == "in process":
        yield door(InProcessHop(lambda: room.owner), KEY)
        return
    async with served(room.owner) as url:
        hop = PortHop(url)
        yield door(hop, KEY)
        await hop.aclose()


@pytest.fixture
async def polishing(bench: Bench) -> AsyncIterator[Polishing]:
    """Provides a gateway's core, whose streams turn."""
    hub = bench.new_hub()
    turning = asyncio.create_task(hub.run())
    yield Polishing(bench, hub, KEY)
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)


@pytest.fixture(params=["in process", "over the port"])
async def polisher(request: pytest.FixtureRequest, room: Room, polishing: Polishing) -> AsyncIterator[Door]:
    """Provides a gateway that makes jobs of what the toys propose to the bench's person, over each hop."""
    caller = Principal(id=polishing.bench.person, roles=frozenset({"learner"}))
    if request.param == "in process":
        yield polishing.door(InProcessHop(lambda: room.owner)).by(caller)
        return
    async with served(room.owner) as url:
        hop = PortHop(url)
        yield polishing.door(hop).by(caller)
        await hop.aclose()
