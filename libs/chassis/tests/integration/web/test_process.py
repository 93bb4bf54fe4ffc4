"""Tests a service with routes as a process: it answers alike in process and on its port, publishes facts, drains."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import secrets
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest
from starlette.datastructures import Headers

from chassis.conformance import owner_alone
from chassis.errors import SettingsError
from chassis.handler import Deps
from chassis.installation_key import derived_key
from chassis.owners import owner_of
from chassis.service import Platform
from chassis.settings import Settings
from chassis.storage.media import Media, open_media
from chassis.testing import Harness
from chassis.web.testing import Answer, Caller, Exchange, signed_in
from libs.chassis.tests.integration.toys import ROUTES, TOYS
from libs.chassis.tests.integration.toys.messages import ToyChanged


def on_port(client: httpx2.AsyncClient) -> Exchange:
    """Provides the hop between processes."""

    async def exchange(method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        address = client.base_url.copy_with(raw_path=target.encode())
        found = await client.request(method, address, headers=dict(headers), content=body)
        return Answer(found.status_code, Headers(raw=found.headers.raw), found.content)

    return exchange


@pytest.fixture
def media(tmp_path_factory: pytest.TempPathFactory) -> Media:
    return open_media(None, tmp_path_factory.mktemp("media"))


@pytest.fixture
async def alone(postgres_url: str, media: Media) -> AsyncIterator[tuple[Harness, Caller]]:
    async with owner_alone(TOYS, postgres_url, media) as found:
        yield found


async def test_both_hops_answer_alike(alone: tuple[Harness, Caller]) -> None:
    harness, inside = alone
    async with httpx2.AsyncClient(base_url=harness.address, timeout=60) as client:
        inside = inside.by(signed_in("author"))
        port = dataclasses.replace(inside, exchange=on_port(client))
        made = await port("POST", "/toys", {"name": "Bär"}, headers={"Idempotency-Key": "k"})
        assert made.status == 201
        wanted = {"If-Match": '"1"'}
        for method, target, content, headers in (
            ("GET", "/toys?limit=1&q=B%C3%A4", None, {}),
            ("GET", made.headers["location"], None, {}),
            ("GET", made.headers["location"], None, {"If-None-Match": '"1"'}),
            ("HEAD", made.headers["location"], None, {}),
            ("POST", "/toys", {"name": "Bär"}, {"Idempotency-Key": "k"}),
            ("PATCH", made.headers["location"], {"age": 300}, wanted),
            ("DELETE", f"{made.headers['location']}x", None, wanted),
            ("GET", "/nothing", None, {}),
        ):
            here = await inside(method, target, content, headers=headers)
            there = await port(method, target, content, headers=headers)
            assert (here.status, here.said) == (there.status, there.said)
            assert dict(here.headers) == {name: value for name, value in there.headers.items() if name != "date"}
        health = await client.get("/livez")
        assert health.status_code == 200


async def test_a_process_that_says_it_is_ready_has_a_connection_for_the_first_request(
    alone: tuple[Harness, Caller],
) -> None:
    harness, _ = alone
    named = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
    [[connections]] = await harness.rows("toys", named, "voxbus-toys-routes")
    assert connections == 1


async def test_facts_go_over_the_bus(alone: tuple[Harness, Caller]) -> None:
    harness, caller = alone
    answer = await caller.by(signed_in("author"))("POST", "/toys", {"name": "Bear"})
    assert answer.status == 201
    await harness.until_emitted(ToyChanged)
    [fact] = harness.emitted(ToyChanged)
    assert fact.source == "voxbus/toys"
    await harness.until_settled("toys")


async def test_writes_on_the_port_are_answered_or_not_done_when_it_drains(postgres_url: str, media: Media) -> None:
    async with owner_alone(TOYS, postgres_url, media) as (harness, inside):
        async with httpx2.AsyncClient(base_url=harness.address, timeout=60) as client:
            port = dataclasses.replace(inside.by(signed_in("author")), exchange=on_port(client))
            asked = [asyncio.create_task(port("POST", "/toys", {"name": str(number)})) for number in range(30)]
            await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
            harness.stop()
            await asyncio.wait(asked)
        answers = [task.result() for task in asked if task.exception() is None]
        lost = [task.exception() for task in asked if task.exception() is not None]
        made = [answer for answer in answers if answer.status == 201]
        refused = [answer for answer in answers if answer.status != 201]
        assert made
        assert all(answer.headers["voxbus-not-written"] == "1" for answer in refused)
        assert all(isinstance(error, httpx2.ConnectError) for error in lost)  # never sent, so never written
        [[rows]] = await harness.rows("toys", "SELECT count(*) FROM toys")
        assert rows == len(made)


def platform_with(*, single_process: bool, **settings: str) -> Platform:
    """Makes a platform with the parts that decide the key of principals, and nothing else."""
    values: dict[str, Any] = {each.name: None for each in dataclasses.fields(Platform)}
    chosen = Settings(database_url="postgresql://x/y", **settings)  # type: ignore[arg-type]
    return Platform(**values | {"settings": chosen, "single_process": single_process, "pools": {"routes": None}})


def key_of(platform: Platform) -> bytes:
    return owner_of("toys", ROUTES, platform, Deps())._context.key


def test_the_key_of_principals_is_derived_or_given() -> None:
    secret = secrets.token_hex(32)
    derived = derived_key(secret, "principal toys")
    given = base64.urlsafe_b64encode(derived).decode()
    assert key_of(platform_with(single_process=False, secret_key=secret)) == derived
    assert key_of(platform_with(single_process=False, principal_key=given)) == derived
    assert (
        key_of(platform_with(single_process=True, secret_key=secret, principal_key="of another process than this one"))
        == derived
    )


def test_without_a_key_no_routes_are_served() -> None:
    with pytest.raises(SettingsError, match="VOXBUS_SECRET_KEY is required"):
        key_of(platform_with(single_process=False))
