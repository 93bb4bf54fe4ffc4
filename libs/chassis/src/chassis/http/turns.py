"""Ends connections that are late at the same time one by one, so that others are served in between."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

#: seconds between two connections that are ended because they are late
_PAUSE_S = 0.002


class Turns:
    """Calls what is due at the same time one by one, with a pause in between, in which requests are served.

    Connections that were opened at once are late at once, and whoever opens them again stands before everybody else in
    the queue of the socket. So two thousand are ended within four seconds rather than at once.
    """

    def __init__(self) -> None:
        self._due: deque[Callable[[], None]] = deque()

    def add(self, loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
        """Calls this some time after whatever was added before."""
        self._due.append(call)
        if len(self._due) == 1:
            loop.call_soon(self._next, loop)

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._due[0]()
        finally:
            self._due.popleft()
            if self._due:
                loop.call_later(_PAUSE_S, self._next, loop)
