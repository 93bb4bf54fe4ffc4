"""Tests a WebSocket whose client does not read."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

from starlette.websockets import WebSocket

from gateway.edge.context import GatewayContext
from gateway.edge.sockets import Socket


async def test_a_client_that_does_not_read_is_left(gateway: GatewayContext) -> None:
    sent: list[dict[str, Any]] = []
    requests = iter([{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "what?"}])

    async def receive() -> dict[str, Any]:
        try:
            return next(requests)
        except StopIteration:
            await asyncio.Event().wait()
            raise AssertionError from None

    async def send(message: Any) -> None:
        sent.append(message)
        if message["type"] == "websocket.send":
            await asyncio.Event().wait()

    socket = WebSocket({"type": "websocket", "headers": []}, receive, send)
    await socket.accept()
    async with asyncio.timeout(5):
        await Socket(socket, gateway, uuid4(), send_timeout=0.01).serve()
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert sent[-1]["code"] == 1008
