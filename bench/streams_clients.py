"""Holds the clients' streams in a process of their own, so that their work is not taken for the server's.

Started with the server's port and a token. The first line it reads has a job id for each client; it says `open` when
every stream has shown its first event. For each line after that it says, in one line of JSON, to how many clients each
later event came, and when to the first and the last: [job, seq, clients, first, last], in seconds of the machine's
monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from typing import cast

import uvloop

_EVENT = re.compile(rb"id: (\d+)\nevent: [^\n]*\ndata: [^\n]*\n\n")
_OPENING = 100  # clients that wait for their first event at a time
_OPENS_WITHIN = 60.0


class _Arrivals:
    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], tuple[int, float, float]] = {}

    def add(self, job: str, seq: int, now: float) -> None:
        clients, first, _ = self.seen.get((job, seq), (0, now, now))
        self.seen[job, seq] = (clients + 1, first, now)

    def line(self) -> str:
        return json.dumps([[job, seq, *arrival] for (job, seq), arrival in self.seen.items()])


class _Stream(asyncio.Protocol):
    def __init__(self, job: str, token: str, arrivals: _Arrivals) -> None:
        self._job = job
        self._arrivals = arrivals
        self._left = b""
        self._request = (
            f"GET /jobs/{job}/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
        )
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.WriteTransport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        self._left += data
        end = 0
        for found in _EVENT.finditer(self._left):
            end = found.end()
            if (seq := int(found[1])) > 1:
                self._arrivals.add(self._job, seq, now)
            elif not self.opened.done():
                self.opened.set_result(None)
        self._left = self._left[end:]

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(self._left[:300].decode(errors="replace")))


async def hold(port: int, token: str) -> None:
    """Opens the streams, reports that, and answers, until there are no more lines."""
    loop = asyncio.get_running_loop()
    jobs = (await loop.run_in_executor(None, sys.stdin.readline)).split()
    arrivals, opening = _Arrivals(), asyncio.Semaphore(_OPENING)

    async def open_one(job: str) -> asyncio.BaseTransport:
        async with opening:
            transport, stream = await loop.create_connection(lambda: _Stream(job, token, arrivals), "127.0.0.1", port)
            await asyncio.wait_for(stream.opened, _OPENS_WITHIN)
            return transport

    transports = await asyncio.gather(*(open_one(job) for job in jobs))
    print("open", flush=True)
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(arrivals.line(), flush=True)
    for transport in transports:
        transport.close()


if __name__ == "__main__":
    uvloop.run(hold(int(sys.argv[1]), sys.argv[2]))
