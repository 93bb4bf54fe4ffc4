"""Holds a replay back, so that live traffic beside it is hardly slower."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable

#: how much less than live work a replay counts with the system's scheduler
_NICE = 10
#: of the time that messages took, how long a replay rests after them
_REST = 0.6


class Pace:
    """Holds a replay to so many messages a second; None: it rests for a share of the time that its messages take."""

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._began = self._went_on = clock()
        self._done = 0

    async def wait(self, done: int) -> None:
        """Waits until so many more may have been done."""
        self._done += done
        now = self._clock()
        rest = (now - self._went_on) * _REST if self._rate is None else self._began + self._done / self._rate - now
        await self._sleep(max(0.0, rest))
        self._went_on = self._clock()


def be_nice() -> None:
    """Makes this process count less than others."""
    os.nice(_NICE)
