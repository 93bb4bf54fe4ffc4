"""Tests a WebSocket whose client does not read."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket

from gateway.edge.context import GatewayContext
from gateway.edge.sockets import Socket


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
