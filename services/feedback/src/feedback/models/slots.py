"""Limits how many calls of one provider a process makes at once, apart for our keys and for those of callers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.errors import VoxbusError

#: calls at once with keys of callers
CALLERS = 64
#: seconds that a call waits for a slot
WAIT_S = 2.0


class NoSlot(VoxbusError):
    """Says that no slot was free in time: nothing was called."""


class Slots:
    """Holds the slots of one kind of key."""

    def __init__(self, limit: int, wait: float = WAIT_S) -> None:
        self.limit = limit
        self.taken = 0
        self._free = asyncio.Semaphore(limit)
        self._wait = wait

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Holds one slot. Raises `NoSlot`."""
        try:
            async with asyncio.timeout(self._wait):
                await self._free.acquire()
        except TimeoutError:
            raise NoSlot from None
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
            self._free.release()
