"""Forwarded routes over both hops: a client sees one service, whichever way its owner is reached."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping

from chassis.message.envelope import new_id
from chassis.testing import until
from chassis.web.testing import Answer, signed_in
from gateway.edge.forward.in_process import InProcessHop
from gateway.edge.forward.port import PortHop
from libs.chassis.tests.integration.web.room import KEY, Room
from services.gateway.tests.integration.edge.door import Client, Door, door, served

BEAR = json.dumps({"name": "Bear", "age": 3}).encode()
ANY = {"If-Match": "*"}


async def test_a_toy_is_made_read_changed_and_deleted(room: Room, toys: Door) -> None:
    author = toys.by(signed_in("author"))
    made = await author("POST", "/toys", BEAR, {"Idempotency-Key": "k"})
    place = made.headers["location"]
    assert (made.status, made.headers["etag"]) == (201, '"1"')
    again = await author("POST", "/toys", BEAR, {"Idempotency-Key": "k"})
    assert (again.status, again.headers["idempotency-replayed"], again.json()) == (201, "true", made.json())
    assert (await author("GET", place)).json() == made.json()
    changed = await author("PATCH", place, b'{"age": 4}', {"If-Match": '"1"'})
    assert (changed.status, changed.headers["etag"], changed.json()["age"]) == (200, '"2"', 4)
    assert (await author("PATCH", place, b'{"age": 5}', {"If-Match": '"1"'})).status == 412
    assert (await author("DELETE", place, b"", ANY)).status == 204
    assert (await author("GET", place)).status == 404
    assert (await room.count("toys"), (await author("GET", "/toys")).json()["items"]) == (0, [])


async def test_status_headers_and_bytes_are_the_same_over_both_hops(room: Room) -> None:
    async with served(room.owner) as url:
        hop = PortHop(url)
        ways = (door(InProcessHop(lambda: room.owner), KEY), door(hop, KEY))
        author = signed_in("author")
        made = await ways[0].by(author)("POST", "/toys", BEAR, {"Idempotency-Key": "k"})
        place = made.headers["location"]
        asked: list[tuple[str, str, bytes, Mapping[str, str]]] = [
            ("GET", "/toys", b"", {}),
            ("HEAD", "/toys", b"", {}),
            ("GET", "/toys?limit=1&sort=-age", b"", {}),
            ("GET", "/toys?colour=red", b"", {}),
            ("GET", place, b"", {}),
            ("GET", place, b"", {"If-None-Match": '"1"'}),
            ("HEAD", place, b"", {}),
            ("GET", f"/toys/{new_id()}", b"", {}),
            ("GET", "/toys/x%79", b"", {}),
            ("GET", "/bears", b"", {}),
            ("PUT", place, BEAR, {}),
            ("POST", "/toys", BEAR, {"Idempotency-Key": "k"}),
            ("POST", "/toys", b'{"name": "Cat"}', {"Idempotency-Key": "k"}),
            ("POST", "/toys", BEAR, {}),
            ("POST", "/toys", b"{", {}),
            ("POST", "/toys", b" " * 65_537, {}),
            ("POST", "/toys", BEAR, {"Content-Type": "text/plain"}),
            ("PATCH", place, b"{}", {}),
            ("PATCH", place, b'{"agee": 3}', ANY),
            ("DELETE", place, b"", {"If-Match": '"7"'}),
        ]
        for request in asked:
            first, second = [await way.by(author)(*request) for way in ways]
            assert _seen(first) == _seen(second), request
            assert first.status != 503
        await hop.aclose()


async def test_access_is_checked_before_a_body_is_read(toys: Door) -> None:
    async def unread() -> dict[str, object]:
        raise AssertionError("read")

    client = Client("POST", "/toys", BEAR)
    await toys.app(client.scope, unread, client.send)
    assert client.answer.status == 401
    toys.by(signed_in())
    client = Client("POST", "/toys", BEAR)
    await toys.app(client.scope, unread, client.send)
    assert client.answer.status == 403


async def test_a_draining_owner_writes_nothing_and_says_so(room: Room, toys: Door) -> None:
    author = toys.by(signed_in("author"))
    assert (await author("GET", "/toys")).status == 200
    await room.owner.drain(linger=0)
    answer = await author("POST", "/toys", BEAR)
    assert (answer.status, answer.problem) == (503, "unavailable")
    assert not {"voxbus-not-written", "connection"} & set(answer.headers)
    assert (await room.count("toys"), await room.count("idempotency")) == (0, 0)


async def test_a_client_that_goes_away_cancels_nothing_of_a_write(room: Room, toys: Door) -> None:
    author = toys.by(signed_in("author"))
    place = (await author("POST", "/toys", BEAR)).headers["location"]
    async with room.locked(place.rpartition("/")[2]):
        asked = asyncio.create_task(author("PATCH", place, b'{"age": 8}', ANY))
        await until(room.database.somebody_waits)
        asked.cancel()
        await asyncio.wait([asked])

    async def changed() -> bool:
        return bool((await author("GET", place)).json()["age"] == 8)

    await until(changed)


def _seen(answer: Answer) -> tuple[int, list[tuple[str, str]], bytes]:
    return answer.status, sorted(answer.headers.items()), answer.said
