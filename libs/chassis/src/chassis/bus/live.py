"""What a listener has heard and nobody has asked for yet: the same in both buses."""

from __future__ import annotations

import asyncio
from collections import deque

from chassis.bus.base import Closed

#: transient messages a listener keeps before it drops the oldest
LIVE_BUFFER = 10_000


class Heard:
    """The newest `LIVE_BUFFER` transient messages, as (key, body)."""

    def __init__(self) -> None:
        self._messages: deque[tuple[str, bytes]] = deque(maxlen=LIVE_BUFFER)
        self._stirred = asyncio.Event()
        self._closed = False

    def put(self, key: str, body: bytes) -> None:
        """Keep one more, if need be instead of the oldest."""
        self._messages.append((key, body))
        self._stirred.set()

    async def next(self) -> tuple[str, bytes]:
        """Wait for the next. Raises `Closed` after `close`."""
        while not self._closed:
            if self._messages:
                return self._messages.popleft()
            self._stirred.clear()
            await self._stirred.wait()
        raise Closed

    def close(self) -> None:
        """Wake who waits."""
        self._closed = True
        self._stirred.set()
