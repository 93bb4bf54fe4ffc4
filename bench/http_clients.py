"""Sends HTTP requests over connections that are kept open, with as little work of its own as can be."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator


async def send_all(
    port: int,
    requests: Iterator[bytes],
    clients: int,
    answered: Callable[[float], None] = lambda _: None,
    finish: Callable[[bytes], Awaitable[None]] | None = None,
) -> None:
    """Sends all requests over connections that are kept open.

    `answered` gets the time at which each was begun; `finish` gets its answer, and the client goes on when it returns.
    """
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(ask(port, requests, answered, finish))


async def ask(
    port: int,
    requests: Iterator[bytes],
    answered: Callable[[float], None] = lambda _: None,
    finish: Callable[[bytes], Awaitable[None]] | None = None,
) -> None:
    """Sends requests one after the other over one connection. Raises RuntimeError for an answer that is no success."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in requests:
        begin = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"not answered well: {answer[:200].decode(errors='replace')}")
        if finish is not None:
            await finish(answer)
        answered(begin)
    writer.close()
    await writer.wait_closed()


def request_of(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Returns the bytes of a request."""
    typed = {"Content-Type": "application/json"} if body else {}
    sent = {"Host": "bench", **typed, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1") + body
