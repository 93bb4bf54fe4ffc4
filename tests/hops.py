"""Provides a gateway that forwards to services, in its own process or over their port, for tests of their resources.

async def test_toys(forward: Forward) -> None:
    async with forward("port", TOYS) as gateway:
        author = await gateway.signed_in("author")
        assert (await author.post("/toys", json=BEAR)).status_code == 201
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.stores_in_memory import keys_beside
from chassis.testing import LOOK_EVERY_S, Harness, running
from gateway.edge.openapi import read_document
from gateway.service import SERVICE as GATEWAY
from tests.pgbouncer import through_pooler

Hop = Literal["process", "port"]
#: an address without a listener
NOWHERE = "http://127.0.0.1:9"
SECRET = "a secret of more than thirty-two characters"


@dataclass
class Gateway:
    """Holds a gateway at work, with the owners behind it."""

    harness: Harness
    stack: AsyncExitStack
    #: the person of each client that `signed_in` made
    persons: dict[AsyncClient, UUID] = field(default_factory=dict)

    async def client(self, **headers: str) -> AsyncClient:
        """Returns an anonymous client."""
        return await self.stack.enter_async_context(
            AsyncClient(base_url=self.harness.address, headers=headers, timeout=60)
        )

    async def signed_in(self, *roles: str) -> AsyncClient:
        """Returns the client of a new adult with these roles beside `learner`."""
        client = await self.client()
        account = {"email": f"{new_id()}@example.org", "password": "correct horse", "username": "Robin"}
        made = await client.post("/auth/signup", json={**account, "birth_date": "1990-01-01"})
        session = made.raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {session['access_token']}"
        self.persons[client] = UUID(session["user"]["id"])
        if roles:
            grant = "UPDATE people SET roles = roles || $1::text[] WHERE id = $2"
            await self.harness.rows("gateway", grant, list(roles), self.persons[client])
        return client


#: starts a gateway in front of some services
Forward = Callable[..., AbstractAsyncContextManager[Gateway]]


@pytest.fixture
def forward(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Forward:
    """Starts a gateway: `forward("process" | "port", SERVICE, …)`, on a database of its own unless `url=` names one."""
    monkeypatch.setenv("VOXBUS_SECRET_KEY", SECRET)

    @asynccontextmanager
    async def started(hop: Hop, *owners: Service, url: str | None = None) -> AsyncIterator[Gateway]:
        async with AsyncExitStack() as stack:
            fresh = fresh_database(postgres_url, [GATEWAY, *owners], filled=True)
            database_url: str = await stack.enter_async_context(fresh) if url is None else url
            keys = Keys(keys_beside(database_url))
            database_url = await stack.enter_async_context(through_pooler(database_url))
            settings = Settings(
                port=0, database_url=database_url, data_dir=tmp_path, look_every=LOOK_EVERY_S, secret_key=SECRET
            )
            bus = MemoryBus()
            stack.push_async_callback(bus.close)

            async def run(*services: Service) -> Harness:
                media = open_media(None, tmp_path)
                process = running(
                    services, database_url, bus, media, settings, single_process=hop == "process", keys=keys
                )
                return await stack.enter_async_context(process)

            if hop == "process":
                yield Gateway(await run(GATEWAY, *owners), stack)
                return
            addresses = dict.fromkeys(read_document().table.owners, NOWHERE)
            addresses |= {owner.name: (await run(owner)).address for owner in owners}
            environment = stack.enter_context(pytest.MonkeyPatch.context())
            for name, address in addresses.items():
                environment.setenv(f"VOXBUS_{name.upper()}_URL", address)
            yield Gateway(await run(GATEWAY), stack)

    return started
