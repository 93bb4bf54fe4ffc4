"""Tests which WebSockets are opened, and which are left."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any
from uuid import uuid4

import pytest
from starlette.websockets import WebSocket

from gateway.edge.app import create_app
from gateway.edge.context import GatewayContext
from gateway.edge.openapi import read_document
from gateway.edge.sockets import MOST_REQUESTS, REQUESTS_A_SECOND, Budget, Socket


class Client:
    """Represents a client that has sent some messages and then waits; `reads` tells whether it takes the answers."""

    def __init__(self, *texts: str, reads: bool = True) -> None:
        self.sent: list[dict[str, Any]] = []
        self._messages = iter(
            [{"type": "websocket.connect"}, *({"type": "websocket.receive", "text": each} for each in texts)]
        )
        self._reads = reads

    async def receive(self) -> dict[str, Any]:
        try:
            return next(self._messages)
        except StopIteration:
            await asyncio.Event().wait()
            raise AssertionError from None

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if message["type"] == "websocket.send" and not self._reads:
            await asyncio.Event().wait()

    async def opened(self) -> WebSocket:
        """Returns the accepted connection of this client."""
        socket = WebSocket({"type": "websocket", "headers": []}, self.receive, self.send)
        await socket.accept()
        return socket

    @property
    def heard(self) -> list[str]:
        return [message["type"].removeprefix("websocket.") for message in self.sent]


async def test_a_client_that_does_not_read_is_left(gateway: GatewayContext) -> None:
    client = Client("what?", reads=False)
    async with asyncio.timeout(5):
        await Socket(await client.opened(), gateway, uuid4(), asyncio.Event(), send_timeout=0.01).serve()
    assert client.heard == ["accept", "send", "close"]
    assert client.sent[-1]["code"] == 1008


async def test_a_connection_ends_with_its_sign_in(gateway: GatewayContext) -> None:
    client, ended = Client(), asyncio.Event()
    ended.set()
    async with asyncio.timeout(5):
        await Socket(await client.opened(), gateway, uuid4(), ended).serve()
    assert client.heard == ["accept", "close"]
    assert client.sent[-1]["code"] == 1008


async def test_a_client_that_sends_too_much_is_told_so_and_left(gateway: GatewayContext) -> None:
    client = Client(*["what?"] * 2 * MOST_REQUESTS)
    async with asyncio.timeout(5):
        await Socket(await client.opened(), gateway, uuid4(), asyncio.Event()).serve()
    *answered, refused = [json.loads(each["text"]) for each in client.sent if each["type"] == "websocket.send"]
    assert MOST_REQUESTS <= len(answered) < 2 * MOST_REQUESTS
    assert refused == {"op": "error", "problem": refused["problem"]}
    assert (refused["problem"]["type"], refused["problem"]["status"]) == ("/problems/rate-limited", 429)
    assert (client.sent[-1]["type"], client.sent[-1]["code"]) == ("websocket.close", 1008)


def test_requests_are_counted_by_time() -> None:
    now = 0.0
    budget = Budget(clock=lambda: now)
    assert [budget.spend() for _ in range(MOST_REQUESTS + 1)] == [*[True] * MOST_REQUESTS, False]
    now = 2 / REQUESTS_A_SECOND
    assert [budget.spend() for _ in range(3)] == [True, True, False]
    now = 1e6
    assert sum(budget.spend() for _ in range(2 * MOST_REQUESTS)) == MOST_REQUESTS


@pytest.mark.parametrize(
    ("origin", "permitted"),
    [
        (None, True),  # not a browser
        ("https://app.example", True),
        ("http://voxbus.example:8000", True),  # a page of ours
        ("https://VOXBUS.example:8000", True),  # behind a proxy that ends TLS
        ("http://voxbus.example", False),
        ("http://app.example", False),
        ("https://app.example.evil.example", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
        ("file://voxbus.example:8000", False),
    ],
)
async def test_a_page_of_another_site_cannot_connect(
    gateway: GatewayContext, origin: str | None, permitted: bool
) -> None:
    await ask(gateway, origin, permitted)


@pytest.mark.parametrize(
    ("origin", "permitted"),
    [
        ("https://public.example", True),
        ("http://public.example", False),
        ("https://app.example", True),
        ("http://voxbus.example:8000", False),  # the Host of the request, which its client chooses
        (None, True),
    ],
)
async def test_a_public_address_is_the_only_one_of_ours(
    gateway: GatewayContext, origin: str | None, permitted: bool
) -> None:
    await ask(dataclasses.replace(gateway, public_url="https://public.example"), origin, permitted)


@pytest.mark.parametrize("path", ["/nothing", "/jobs", "/"])
async def test_elsewhere_is_no_websocket(gateway: GatewayContext, path: str) -> None:
    client = await connect(gateway, path)
    assert client.heard == ["http.response.start", "http.response.body"]
    assert (client.sent[0]["status"], json.loads(client.sent[1]["body"])["type"]) == (404, "/problems/not-found")


async def test_a_sign_in_that_cannot_be_checked_is_to_be_tried_again(
    gateway: GatewayContext, access_token: str
) -> None:
    refused, unknown = await connect(gateway, "/events/ws"), await connect(gateway, "/events/ws", token=access_token)
    for client, status, code in ((refused, 401, 1008), (unknown, 503, 1013)):  # the database is away
        assert client.heard == ["accept", "send", "close"]
        assert json.loads(client.sent[1]["text"])["problem"]["status"] == status
        assert client.sent[-1]["code"] == code


async def connect(gateway: GatewayContext, path: str, origin: str | None = None, token: str | None = None) -> Client:
    """Connects from a page, and returns the client once it was answered."""
    app, client = create_app(gateway, read_document(), ("https://app.example",)), Client()
    headers = [(b"host", b"voxbus.example:8000")] + ([] if origin is None else [(b"origin", origin.encode())])
    headers += [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "ws",
        "headers": headers,
        "subprotocols": [],
        "extensions": {"websocket.http.response": {}},
    }
    async with asyncio.timeout(5):
        await app(scope, client.receive, client.send)
    return client


async def ask(gateway: GatewayContext, origin: str | None, permitted: bool) -> None:
    """Connects from a page, and checks the answer."""
    client = await connect(gateway, "/events/ws", origin)
    request_id = dict(client.sent[0]["headers"])[b"x-request-id"].decode()
    if permitted:
        assert client.heard == ["accept", "send", "close"]  # nobody is signed in
        assert json.loads(client.sent[1]["text"])["problem"]["request_id"] == request_id
        return
    assert client.heard == ["http.response.start", "http.response.body"]
    assert client.sent[0]["status"] == 403
    refused = json.loads(client.sent[1]["body"])
    assert (refused["type"], refused["request_id"]) == ("/problems/forbidden", request_id)
