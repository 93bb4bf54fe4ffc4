"""What a listener has heard and nobody has asked for yet: the same in both buses."""

from __future__ import annotations

import asyncio
from collections import deque

from chassis.bus.base import Closed

#: transient messages a listener keeps before it drops the oldest
LIVE_BUFFER_SIZE = 10_000


class LiveBuffer:
    """The newest `LIVE_BUFFER_SIZE` transient messages, as (key, body)."""

    def __init__(self) -> None:
        self._messages: deque[tuple[str, bytes]] = deque(maxlen=LIVE_BUFFER_SIZE)
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, key: str, body: bytes) -> None:
        """Keep one more, if need be instead of the oldest."""
        self._messages.append((key, body))
        self._changed.set()

    async def next(self) -> tuple[str, bytes]:
        """Wait for the next. Raises `Closed` after `close`."""
        while not self._closed:
            if self._messages:
                return self._messages.popleft()
            self._changed.clear()
            await self._changed.wait()
        raise Closed

    def close(self) -> None:
        """Wake who waits."""
        self._closed = True
        self._changed.set()
