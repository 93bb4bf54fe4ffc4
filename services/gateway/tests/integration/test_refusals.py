"""Each refusal of an upload that is still under way reaches a client that reads only when it has sent all."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx2 import AsyncClient

from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.settings import HttpTimeouts, Settings
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import Harness, running, until
from gateway.service import SERVICE
from services.gateway.tests.integration.test_door import sign_up

FORM = {"Content-Type": "multipart/form-data; boundary=b"}
HEAD = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n\x1a\x45\xdf\xa3'
#: more than buffers of sockets hold
LARGE = 30_000_000
#: of a JSON document that takes three seconds
PIECE, PIECES, PAUSE_S = 1_000, 60, 0.05


@pytest.fixture
async def harness(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Harness]:
    """Runs a gateway that takes one upload at a time, permits each person two, and has a second for a document."""
    monkeypatch.setenv("VOXBUS_UPLOADS_AT_ONCE", "1")
    monkeypatch.setenv("VOXBUS_RATE_LIMITS", json.dumps({"upload": "2/600", "sign-up": "off"}))
    settings = Settings(port=0, data_dir=tmp_path, http_timeouts=HttpTimeouts(body=1))
    bus, media, keys = MemoryBus(), open_media(None, tmp_path), Keys(KeysInMemory())
    async with (
        fresh_database(postgres_url, [SERVICE]) as url,
        running([SERVICE], url, bus, media, settings, keys=keys) as found,
    ):
        yield found
    await bus.close()


def post(address: str, headers: dict[str, str], target: str = "/attempts") -> tuple[int, str]:
    request = urllib.request.Request(address + target, bytes(LARGE), headers | FORM, method="POST")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        return answer.code, json.loads(answer.read())["type"]


def post_slowly(address: str) -> tuple[int, str]:
    """Sends a document to its end, whatever the server says meanwhile."""

    def pieces() -> Iterator[bytes]:
        for _ in range(PIECES):
            time.sleep(PAUSE_S)
            yield bytes(PIECE)

    headers = {"Content-Type": "application/json", "Content-Length": str(PIECE * PIECES)}
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)) as connection:
        connection.request("POST", "/auth/login", pieces(), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())["type"]


async def test_408_413_422_429_and_503_arrive(harness: Harness) -> None:
    async with AsyncClient(base_url=harness.address, timeout=60) as client:
        slow = asyncio.create_task(asyncio.to_thread(post_slowly, harness.address))
        first, second = await sign_up(client), await sign_up(client)

        async def status() -> int:
            return (await client.post("/attempts", headers=await sign_up(client) | FORM, content=b"")).status_code

        async def is_taken() -> bool:
            return await status() == 503

        async def is_free() -> bool:
            return await status() == 400

        _, upload = await asyncio.open_connection(*urlsplit(harness.address).netloc.split(":"))
        fields = first | FORM | {"Host": "a", "Content-Length": "1000"}
        upload.write("".join(["POST /attempts HTTP/1.1", *(f"\r\n{a}: {b}" for a, b in fields.items())]).encode())
        upload.write(b"\r\n\r\n" + HEAD)
        await until(is_taken)
        assert await asyncio.to_thread(post, harness.address, second) == (503, "/problems/busy")
        upload.close()
        await until(is_free)
        assert await asyncio.to_thread(post, harness.address, second) == (413, "/problems/too-large")
        assert await asyncio.to_thread(post, harness.address, second) == (429, "/problems/rate-limited")
        assert await asyncio.to_thread(post, harness.address, first, "/attempts?a=1") == (422, "/problems/invalid")
        assert await slow == (408, "/problems/request-timeout")
