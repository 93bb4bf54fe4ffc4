"""Tests the cost of uploads: nothing is read that could not be accepted, and only so many run at a time."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import AsyncClient, Response

from chassis.errors import Retryable
from chassis.storage.disk import RESERVE, Disks
from chassis.storage.media import Media, open_s3
from contracts.base import Ref
from gateway.settings import GatewaySettings
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import KEY, WEBM, door, opened, recordings, send, sign_up

__all__ = ["door"]


class DeletesNothing(Media):
    """Represents a media store that has lost the permission to delete, and keeps nothing either."""

    def __init__(self) -> None:
        """Opens nothing."""

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        return Ref(key=key, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).hexdigest())

    async def delete(self, keys: list[str]) -> None:
        raise Retryable("the media store deletes nothing")


class NeverStores(DeletesNothing):
    """Represents a media store that never says that it has an object."""

    async def write(self, key: str, data: bytes, media_type: str) -> Ref:
        await asyncio.Event().wait()
        return await super().write(key, data, media_type)


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


async def test_nothing_is_read_when_there_is_no_room_for_it(bench: Bench, tmp_path: Path) -> None:
    room = RESERVE - 1
    own, disks = GatewaySettings(secret_key=KEY), Disks({"media": tmp_path}, free=lambda _: room)
    async with opened(bench, tmp_path, own, disks=disks) as client:
        headers, body = await sign_up(client), Body()
        refused = await upload(client, headers, body)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
        assert not body.asked.is_set()
        room = RESERVE
        assert (await send(client, headers)).status_code == 202


async def test_uploads_that_stop_before_their_end_hold_only_so_many_bytes(bench: Bench, tmp_path: Path) -> None:
    own = GatewaySettings(secret_key=KEY, uploads_bytes=16 * 2**20)
    head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a"\r\n\r\n' + WEBM
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    stop, taken = asyncio.Event(), [0, 0]

    async def stopping(number: int) -> AsyncIterator[bytes]:
        for piece in (head, *[bytes(2**20)] * 9):
            yield piece
            taken[number] += len(piece)
        await stop.wait()

    async with opened(bench, tmp_path, own) as client:
        persons = [await sign_up(client) for _ in taken]

        async def post(number: int) -> Response:
            return await client.post("/attempts", headers=persons[number] | kind, content=stopping(number))

        first, second = asyncio.create_task(post(0)), asyncio.create_task(post(1))
        await asyncio.wait({first, second}, return_when=asyncio.FIRST_COMPLETED)
        [refused] = [each.result() for each in (first, second) if each.done()]
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        assert sum(taken) <= own.uploads_bytes
        assert (await send(client, persons[0])).status_code == 202
        stop.set()
        await asyncio.gather(first, second)


async def test_recordings_that_wait_are_bounded_of_one_person_and_of_all(bench: Bench, tmp_path: Path) -> None:
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:
        greedy, other = await sign_up(client), await sign_up(client)
        job = (await send(client, greedy)).json()["job"]["id"]
        [[size]] = await bench.database.fetch("SELECT recording_bytes FROM jobs WHERE id = $1", job)
        assert size == len(WEBM)
        waits = "UPDATE jobs SET recording_bytes = $1 WHERE id = $2"
        await bench.database.fetch(waits, 2**30, job)
        body = Body()
        refused = await upload(client, greedy, body)
        assert (refused.status_code, refused.json()["type"]) == (429, "/problems/rate-limited")
        assert refused.headers["retry-after"] == "30"
        assert (await send(client, other)).status_code == 202
        await bench.database.fetch(waits, 2**32, job)

    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:  # which has no sum yet
        refused = await upload(client, other, body)
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        assert not body.asked.is_set()
        await bench.database.fetch("UPDATE jobs SET finished_at = now() WHERE id = $1", job)
    async with opened(bench, tmp_path, GatewaySettings(secret_key=KEY)) as client:
        assert (await send(client, other)).status_code == 202


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


class Bucket:
    """Represents an S3 that takes a request and says nothing, or an error, and notes what it was asked to do."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.split()[0].decode())
        if self._answer is not None:
            writer.write(b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % self._answer)
        else:
            await reader.read()  # until the client hangs up
        writer.close()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets the variables of an S3 client, but for its endpoint."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "test")
    return monkeypatch


@pytest.mark.parametrize("answer", ["silence", "500 Internal Server Error", "403 Forbidden", "no connection"])
async def test_a_store_that_is_away_is_a_503_and_leaves_nothing(
    bench: Bench, tmp_path: Path, aws: pytest.MonkeyPatch, answer: str
) -> None:
    bucket = Bucket(None if answer == "silence" else answer.encode())
    async with await asyncio.start_server(bucket.serve, "127.0.0.1", 0) as server:
        aws.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        if answer == "no connection":
            server.close()
        within = timedelta(seconds=30 if answer == "silence" else 0.2)  # the gateway's own limit comes first, or not
        media = Media(open_s3("s3+http://bucket", answer_within=within))
        own = GatewaySettings(secret_key=KEY)
        async with opened(bench, tmp_path, own, media=media, stored_within=0.5) as client:
            headers = await sign_up(client)
            refused = await send(client, headers, key=answer)
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/unavailable")
            listed = (await client.get("/jobs", headers=headers)).json()
    assert listed["items"] == []
    [[keys]] = await bench.database.fetch("SELECT count(*) FROM idempotency WHERE key = $1", answer)
    assert keys == 0
    assert set(bucket.asked) <= {"PUT"}


async def test_an_upload_that_waits_for_a_place_in_memory_is_refused_in_time(bench: Bench, tmp_path: Path) -> None:
    async with opened(
        bench, tmp_path, GatewaySettings(secret_key=KEY), media=NeverStores(), stored_within=0.2
    ) as client:
        headers = await sign_up(client)
        answers = await asyncio.gather(*(send(client, headers) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {503}
