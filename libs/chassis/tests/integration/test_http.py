"""Clients as people use them get the answer of a server that refuses them while they are sending."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chassis.http.places import Places
from chassis.http.protocol import LINGER_BYTES, ServerConfig
from chassis.settings import HttpTimeouts
from chassis.testing import until
from chassis.web.body import too_large

MEGABYTE = 1_000_000
#: more than buffers of sockets hold
SIZE = 30 * MEGABYTE
PER_ADDRESS = 400


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses every upload without reading it, answers a GET, and accepts a WebSocket until it closes.

    It breaks before it accepts one at `/broken`.
    """
    if scope["type"] == "websocket":
        await receive()
        if scope["path"] == "/broken":
            raise LookupError("a secret")
        await send({"type": "websocket.accept"})
        await receive()
    elif scope["method"] == "GET":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})
    else:
        await too_large(10 * MEGABYTE).response()(scope, receive, send)


@pytest.fixture
def places() -> Places:
    return Places(10_000, per_address=PER_ADDRESS)


@pytest.fixture
async def address(places: Places) -> AsyncIterator[str]:
    """Serves the application on a port of this machine; a head has a second."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        server = uvicorn.Server(ServerConfig(application, HttpTimeouts(head=1), places))
        serving = asyncio.create_task(server.serve(sockets=[listener]))

        async def up() -> bool:
            return server.started

        await until(up)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = server.force_exit = True
        await serving


def by_urllib(address: str, size: int) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, data=bytes(size), method="POST"), timeout=30
        ) as got:
            return got.status, got.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read()


def by_chunks(address: str, size: int) -> tuple[int, bytes]:
    def pieces() -> Iterator[bytes]:
        for _ in range(size // MEGABYTE):
            yield bytes(MEGABYTE)

    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request("POST", "/", body=pieces(), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    got = connection.getresponse()
    return got.status, got.read()


@pytest.mark.parametrize("client", [by_urllib, by_chunks])
async def test_python_reads_the_refusal_of_each_upload(
    client: Callable[[str, int], tuple[int, bytes]], address: str
) -> None:
    for _ in range(3):
        status, body = await asyncio.to_thread(client, address, SIZE)
        assert (status, json.loads(body)["type"]) == (413, "/problems/too-large")


async def test_a_client_that_never_stops_is_cut(address: str) -> None:
    _, writer = await asyncio.open_connection(*address.removeprefix("http://").split(":"))
    writer.write(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    sent = 0
    with pytest.raises(ConnectionError):
        while sent < 4 * LINGER_BYTES:
            writer.write(b"100000\r\n" + bytes(0x100000) + b"\r\n")
            await writer.drain()
            sent += 0x100000
    assert LINGER_BYTES <= sent < 2 * LINGER_BYTES
    writer.close()


async def test_slow_connections_do_not_keep_others_out_and_are_closed(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    slow = []
    for number in range(PER_ADDRESS - 10):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"" if number % 2 else b"GET / HTTP/1.1\r\nHo")
        slow.append((reader, writer))
    for _ in range(20):
        with await asyncio.to_thread(urllib.request.urlopen, address, timeout=10) as got:
            assert got.status == 204
    answers = await asyncio.gather(*(reader.read() for reader, _ in slow))
    for number, answer in enumerate(answers):
        assert (answer == b"") if number % 2 else answer.startswith(b"HTTP/1.1 408 ")
    for _, writer in slow:
        writer.close()


async def test_connections_beyond_those_of_an_address_are_refused(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    held = []
    for _ in range(PER_ADDRESS):  # each keeps its place by having asked
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        held.append(writer)
    status, _ = await asyncio.to_thread(by_urllib, address, 1)
    assert status == 429
    for writer in held:
        writer.close()

    async def permitted() -> bool:
        status, _ = await asyncio.to_thread(by_urllib, address, 1)
        return status == 413

    await until(permitted)


async def test_a_websocket_keeps_the_place_of_its_connection_until_it_ends(address: str, places: Places) -> None:
    async def nobody() -> bool:
        return not places.counted

    async with connect(address.replace("http", "ws")):
        assert places.counted == {"127.0.0.1": 1}
    await until(nobody)


async def test_a_websocket_that_breaks_before_its_handshake_is_a_problem_document(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(address.replace("http", "ws") + "/broken")
    response = refused.value.response
    assert (response.status_code, json.loads(response.body)["type"]) == (500, "/problems/internal")
