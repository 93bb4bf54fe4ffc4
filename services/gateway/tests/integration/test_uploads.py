"""Tests the cost of uploads: nothing is read that could not be accepted, and only so many run at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

from httpx2 import AsyncClient, Response

from chassis.errors import Retryable
from chassis.storage.media import Media
from contracts.base import Ref
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, door, opened, recordings, send, sign_up

__all__ = ["door"]


class DeletesNothing(Media):
    """Represents a media store that has lost the permission to delete, and keeps nothing either."""

    def __init__(self) -> None:
        """Opens nothing."""

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        return Ref(key=key, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def delete(self, keys: list[str]) -> None:
        raise Retryable("the media store deletes nothing")


class Body:
    """Represents a body that notes whether it was asked for, and does not come before it is let go."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.asked.set()
        await self.let_go.wait()
        yield b"no form"


async def upload(client: AsyncClient, headers: dict[str, str], body: Body) -> Response:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    return await client.post("/attempts", headers=headers | kind, content=body)


async def test_nothing_is_read_when_no_job_could_be_accepted(door: AsyncClient, bench: Bench, tmp_path: Path) -> None:
    headers, body = await sign_up(door), Body()
    bench.relay.due = 100
    refused = await upload(door, headers, body)
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
    assert int(refused.headers["retry-after"]) > 0
    assert not body.asked.is_set()
    bench.relay.due = 0
    assert (await send(door, headers)).status_code == 202
    assert len(recordings(tmp_path)) == 1


async def test_uploads_at_a_time_are_limited_and_a_place_is_free_again_however_one_ends(
    bench: Bench, tmp_path: Path
) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY, uploads_at_once=1)) as client:
        headers, first, second = await sign_up(client), Body(), Body()
        waiting = asyncio.create_task(upload(client, headers, first))
        await first.asked.wait()
        refused = await upload(client, headers, second)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        assert int(refused.headers["retry-after"]) > 0
        assert not second.asked.is_set()
        first.let_go.set()
        assert (await waiting).status_code == 400
        assert (await send(client, headers)).status_code == 202


async def test_a_store_that_deletes_nothing_changes_no_answer(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY)
    async with opened(bench, tmp_path, own, media=DeletesNothing()) as client:
        headers = await sign_up(client)
        first = await send(client, headers, key="once")
        again = await send(client, headers, key="once")
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.json()["job"]["id"] == first.json()["job"]["id"]
        other = await send(client, headers, text="Yellow lorry", key="once")
        assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency-conflict")
