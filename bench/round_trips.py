"""Counts the round trips of a side as a proxy before Postgres: the same for every driver, on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

#: the server ends each of its answers with it, and says whether a transaction is open (Postgres, "Message Formats")
_READY_FOR_QUERY = b"Z"
_IDLE = b"I"
_CHUNK = 1 << 16


@dataclass
class Seen:
    """Counts the answers that a side has waited for, and how many of them ended a transaction."""

    trips: int = 0
    transactions: int = 0

    def since(self, before: Seen, jobs: int, name: str) -> dict[str, float]:
        """Returns the counts for one job, as figures."""
        return {
            f"{name}_trips": (self.trips - before.trips) / jobs,
            f"{name}_transactions": (self.transactions - before.transactions) / jobs,
        }


@asynccontextmanager
async def counted(dsn: str) -> AsyncIterator[tuple[str, Seen]]:
    """Yields an address that leads to the database of `dsn`, and the counts, until the end of the block."""
    seen, running = Seen(), set[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream = await _connected(dsn)
        for task in (_pass(reader, upstream[1]), _count(upstream[0], writer, seen)):
            running.add(asyncio.create_task(task))

    with TemporaryDirectory(prefix="voxbus-bench-") as folder:
        async with await asyncio.start_unix_server(serve, Path(folder, ".s.PGSQL.5432")):
            parts = urlsplit(dsn)
            login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
            yield urlunsplit(parts._replace(netloc=login, query=f"host={quote(folder)}&port=5432")), seen
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def _connected(dsn: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(dsn)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    host, port = asked.get("host", parts.hostname or "localhost"), asked.get("port", parts.port or 5432)
    if host.startswith("/"):
        return await asyncio.open_unix_connection(Path(host, f".s.PGSQL.{port}"))
    return await asyncio.open_connection(host, int(port))


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()


async def _count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Seen) -> None:
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:], "big") - 4)
            if head[:1] == _READY_FOR_QUERY:
                seen.trips += 1
                seen.transactions += body == _IDLE
            writer.write(head + body)
    writer.close()
