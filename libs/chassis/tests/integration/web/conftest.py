"""Provides the toys on a real Postgres, called as by the gateway; a test can cut the database."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from chassis.web.testing import Caller, signed_in
from libs.chassis.tests.integration.web.room import Room, open_room


@pytest.fixture
async def room(postgres_url: str) -> AsyncIterator[Room]:
    async with open_room(postgres_url) as room:
        yield room


@pytest.fixture
def author(room: Room) -> Caller:
    return room.caller.by(signed_in("author"))


@pytest.fixture
def learner(room: Room) -> Caller:
    return room.caller.by(signed_in())
