"""Tests that a connection whose client does not read is not held for ever, even if the server has closed it."""

from __future__ import annotations

import asyncio
import socket

from chassis.listener import listen
from chassis.settings import Settings

MUCH = bytes(20_000_000)


class WritesMuch(asyncio.Protocol):
    """Writes more than buffers hold and closes, as a server does that has lost patience."""

    def __init__(self, gone: asyncio.Event) -> None:
        self._gone = gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(MUCH)
        transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set()


async def test_a_client_that_does_not_read_loses_its_connection() -> None:
    gone, loop = asyncio.Event(), asyncio.get_running_loop()
    listening = listen(Settings(port=0), unread=0.5)
    server = await loop.create_server(lambda: WritesMuch(gone), sock=listening)
    with socket.create_connection(listening.getsockname()):  # reads nothing
        async with asyncio.timeout(20):
            await gone.wait()
    server.close()
