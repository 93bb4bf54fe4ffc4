"""Runs what stands in for a server of somebody else, on loopback, and reads the requests that it gets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar


class StandIn(Protocol):
    """Describes what answers on a port."""

    port: int

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection."""


S = TypeVar("S", bound=StandIn)


@asynccontextmanager
async def serving(service: S) -> AsyncIterator[S]:
    """Listens on the port of a stand-in, or on a free one, which it is told."""
    server = await asyncio.start_server(service.serve, "127.0.0.1", service.port)
    service.port = server.sockets[0].getsockname()[1]
    try:
        yield service
    finally:
        server.close()
        await asyncio.sleep(0)


async def read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    """Reads a request with a length: its first line, its headers by small letters, and its body."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return first, headers, await reader.readexactly(int(headers["content-length"]))
