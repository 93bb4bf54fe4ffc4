"""Holds connections that send next to nothing, in a process of its own. Started with a port and their number.

Every other one sends half a head, the others send nothing. One that the server closes is opened again at once. It says
`open` when all were open at the same time, and ends with its standard input.
"""

from __future__ import annotations

import asyncio
import sys

import uvloop

from chassis.listener import raise_open_files

_HALF = b"GET / HTTP/1.1\r\nHo"
#: connections that are opened at a time
_OPENING = 100


class _Slow:
    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._count = count
        self._opening = asyncio.Semaphore(_OPENING)
        self._open = 0
        self.all_open = asyncio.Event()

    async def hold(self, number: int) -> None:
        while True:
            try:
                async with self._opening:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    writer.write(_HALF if number % 2 else b"")
            except OSError:
                await asyncio.sleep(0.1)
                continue
            self._open += 1
            if self._open == self._count:
                self.all_open.set()
            await reader.read()
            self._open -= 1
            writer.close()


async def _hold(port: int, count: int) -> None:
    raise_open_files()
    slow = _Slow(port, count)
    holding = [asyncio.create_task(slow.hold(number)) for number in range(count)]
    await slow.all_open.wait()
    print("open", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in holding:
        task.cancel()
    await asyncio.gather(*holding, return_exceptions=True)


if __name__ == "__main__":
    uvloop.run(_hold(int(sys.argv[1]), int(sys.argv[2])))
