"""Tests which web application a process serves, and how a gateway finds those of the other services."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.bus.memory import MemoryBus
from chassis.errors import SettingsError
from chassis.fresh_databases import fresh_database
from chassis.handler import Deps
from chassis.listener import free_port
from chassis.service import Components, Platform, Service
from chassis.settings import Settings
from chassis.storage.media import Media
from chassis.testing import running, until


def serving(service: Service, name: str) -> Service:
    """Makes a service that serves one text under every path."""

    @asynccontextmanager
    async def open_one(_kit: Platform) -> AsyncIterator[Components]:
        yield Components(deps=Deps(), app=PlainTextResponse(f"the {name}'s own"))

    return dataclasses.replace(service, name=name, open=open_one, handlers=())


def fronting(service: Service) -> Service:
    """Makes a service whose clients name the owner in the first segment of the path."""

    @asynccontextmanager
    async def open_one(platform: Platform) -> AsyncIterator[Components]:
        async def forward(scope: Scope, receive: Receive, send: Send) -> None:
            owner: ASGIApp = platform.owners.get(scope["path"].strip("/"), PlainTextResponse("no owner", 404))
            await owner(scope, receive, send)

        yield Components(deps=Deps(), public_app=forward)

    return dataclasses.replace(service, name="front", open=open_one, handlers=())


async def answers(services: Sequence[Service], server_url: str, media: Media, *paths: str) -> list[tuple[int, str]]:
    bus = MemoryBus()
    try:
        async with (
            fresh_database(server_url, services) as url,
            running(services, url, bus, media) as harness,
            httpx2.AsyncClient(base_url=harness.address, timeout=60) as client,
        ):
            found = [await client.get(path) for path in paths]
            return [(answer.status_code, answer.text) for answer in found]
    finally:
        await bus.close()


async def test_a_gateway_reaches_the_application_of_every_service(
    postgres_url: str, service: Service, media: Media
) -> None:
    services = [fronting(service), serving(service, "first"), serving(service, "second")]
    found = await answers(services, postgres_url, media, "/first", "/second", "/third")
    assert found == [(200, "the first's own"), (200, "the second's own"), (404, "no owner")]


async def test_a_service_alone_serves_its_own_application_and_its_health(
    postgres_url: str, service: Service, media: Media
) -> None:
    found = await answers([serving(service, "first")], postgres_url, media, "/livez", "/readyz", "/metrics", "/any")
    assert [status for status, _ in found] == [200] * 4
    assert "voxbus_outbox_due" in found[2][1]
    assert found[3][1] == "the first's own"


async def test_a_service_without_routes_serves_its_health(postgres_url: str, service: Service, media: Media) -> None:
    found = await answers([service], postgres_url, media, "/livez", "/any")
    assert [status for status, _ in found] == [200, 404]


async def test_metrics_and_reasons_move_to_a_port_of_their_own(
    postgres_url: str, service: Service, media: Media
) -> None:
    port = free_port()
    bus = MemoryBus()
    async with fresh_database(postgres_url, [service]) as url, httpx2.AsyncClient(timeout=60) as client:
        settings = Settings(port=0, database_url=url, look_every=0.1, metrics_port=port)
        async with running([service], url, bus, media, settings) as harness:
            moved = await until(lambda: reached(client, f"http://127.0.0.1:{port}/metrics"))
            assert "voxbus_outbox_due" in moved.text
            assert "reasons" in (await client.get(f"http://127.0.0.1:{port}/readyz")).json()
            assert (await client.get(f"{harness.address}/metrics")).status_code == 404
            assert "reasons" not in (await client.get(f"{harness.address}/readyz")).json()
        assert await reached(client, f"http://127.0.0.1:{port}/metrics") is None
    await bus.close()


async def reached(client: httpx2.AsyncClient, url: str) -> httpx2.Response | None:
    try:
        return await client.get(url)
    except httpx2.ConnectError:
        return None


async def test_several_services_with_routes_do_not_share_a_port(
    postgres_url: str, service: Service, media: Media
) -> None:
    with pytest.raises(SettingsError, match="Run each of first, second alone, or with the gateway"):
        await answers([serving(service, "second"), serving(service, "first")], postgres_url, media)
    assert "first.relay" not in {task.get_name() for task in asyncio.all_tasks()}
