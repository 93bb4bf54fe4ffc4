"""Buffers the transient messages of a listener until they are read; both buses use it."""

from __future__ import annotations

import asyncio
from collections import deque

from chassis.bus.base import Closed

#: transient messages a listener keeps before it drops the oldest
LIVE_BUFFER_SIZE = 10_000


class LiveBuffer:
    """Holds the newest `LIVE_BUFFER_SIZE` transient messages, as (key, body)."""

    def __init__(self) -> None:
        self._messages: deque[tuple[str, bytes]] = deque(maxlen=LIVE_BUFFER_SIZE)
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, key: str, body: bytes) -> None:
        """Keeps one more message, in place of the oldest when the buffer is full."""
        self._messages.append((key, body))
        self._changed.set()

    async def next(self) -> tuple[str, bytes]:
        """Waits for the next message. Raises `Closed` after `close`."""
        while not self._closed:
            if self._messages:
                return self._messages.popleft()
            self._changed.clear()
            await self._changed.wait()
        raise Closed

    def close(self) -> None:
        """Wakes the tasks that wait for a message."""
        self._closed = True
        self._changed.set()
