"""The toys on a real Postgres, called as the gateway calls them; the database is cut where a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.storage.keys import Keys
from chassis.testing import KeysInMemory, fresh_database
from chassis.web.context import OwnerContext
from chassis.web.principal import principal_key
from chassis.web.testing import Caller, signed_in
from libs.chassis.tests.integration.fixtures import Cut
from libs.chassis.tests.integration.toys import TOYS
from libs.chassis.tests.integration.web.room import OutboxInMemory, Room

KEY = principal_key("toys", secret="a secret of more than thirty-two characters", given=None)


@pytest.fixture
async def room(postgres_url: str) -> AsyncIterator[Room]:
    async with fresh_database(postgres_url, [TOYS]) as url:
        database = Cut(url, "toys")
        outbox, store = OutboxInMemory(), KeysInMemory()
        context = OwnerContext(service="toys", database=database, keys=Keys(store), outbox=outbox, key=KEY)
        yield Room(database=database, outbox=outbox, keys=store, context=context)
        await database.close()


@pytest.fixture
def author(room: Room) -> Caller:
    return room.caller.by(signed_in("author"))


@pytest.fixture
def learner(room: Room) -> Caller:
    return room.caller.by(signed_in())
