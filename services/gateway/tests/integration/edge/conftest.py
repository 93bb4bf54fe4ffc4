"""The toys on a real Postgres, behind a gateway."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.storage.keys import Keys
from chassis.testing import KeysInMemory, fresh_database
from chassis.web.context import OwnerContext
from chassis.web.principal import principal_key
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.port import PortHop
from libs.chassis.tests.integration.fixtures import Cut
from libs.chassis.tests.integration.toys import TOYS
from libs.chassis.tests.integration.web.room import OutboxInMemory, Room
from services.gateway.tests.integration.edge.door import Door, door, served

KEY = principal_key("toys", secret="a secret of more than thirty-two characters", given=None)


@pytest.fixture
async def room(postgres_url: str) -> AsyncIterator[Room]:
    async with fresh_database(postgres_url, [TOYS]) as url:
        database = Cut(url, "toys")
        outbox, store = OutboxInMemory(), KeysInMemory()
        context = OwnerContext(service="toys", database=database, keys=Keys(store), outbox=outbox, key=KEY)
        yield Room(database=database, outbox=outbox, keys=store, context=context)
        await database.close()


@pytest.fixture(params=["in process", "over the port"])
async def toys(request: pytest.FixtureRequest, room: Room) -> AsyncIterator[Door]:
    """A gateway in front of the toys, over each hop."""
    if request.param == "in process":
        yield door(InProcessHop(lambda: room.owner), KEY)
        return
    async with served(room.owner) as url:
        hop = PortHop(url)
        yield door(hop, KEY)
        await hop.aclose()
