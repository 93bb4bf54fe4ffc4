"""Gives turns at what few can do at a time: first to those who are known, else in the order in which they came."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.web.problems import BUSY, ProblemError


class Turns:
    """Lets `at_once` work together, and `most_waiting` of each kind wait: those who are known, and all others."""

    def __init__(self, at_once: int, most_waiting: int) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._known: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """Returns how many wait."""
        return len(self._known) + len(self._others)

    @asynccontextmanager
    async def turn(self, *, known: bool) -> AsyncIterator[None]:
        """Waits for a turn. Raises 503 when too many wait already."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(self._known if known else self._others)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, lane: deque[asyncio.Future[None]]) -> None:
        if len(lane) >= self._most_waiting:
            raise ProblemError(BUSY)
        mine = asyncio.get_running_loop().create_future()
        lane.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():  # its turn had come
                self._pass_on()
            elif mine in lane:
                lane.remove(mine)
            raise

    def _pass_on(self) -> None:
        for lane in (self._known, self._others):
            while lane:
                next_one = lane.popleft()
                if not next_one.cancelled():
                    next_one.set_result(None)
                    return
        self._free += 1
