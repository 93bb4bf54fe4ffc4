"""Runs a real HTTP server on loopback that receives webhooks, and answers as a test says."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field

from tests.stand_in import read_request, serving


@dataclass(frozen=True)
class ReceivedRequest:
    """Holds one request."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the next of `answers`, then with 204. Each is a status, or `drop`, `silence`, `flood`.

    `retry_after`: sent with each status.
    """

    port: int = 0
    answers: list[int | str] = field(default_factory=list)
    requests: list[ReceivedRequest] = field(default_factory=list)
    retry_after: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            line, headers, body = await read_request(reader)
            self.requests.append(ReceivedRequest(line.split()[1], headers, body))
            answer = self.answers.pop(0) if self.answers else 204
            if answer == "silence":
                await reader.read()
            elif answer == "flood":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
                while True:
                    writer.write(b"x" * 65536)
                    await writer.drain()
            elif isinstance(answer, int):
                place = b"Location: http://127.0.0.1:1/\r\n" if answer == 307 else b""
                if self.retry_after is not None:
                    place += f"Retry-After: {self.retry_after}\r\n".encode()
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n%s\r\n" % (answer, place))
                await writer.drain()
        writer.close()


def receiving(receiver: Receiver | None = None) -> AbstractAsyncContextManager[Receiver]:
    """Listens, on the receiver's port if it has one."""
    return serving(receiver or Receiver())
