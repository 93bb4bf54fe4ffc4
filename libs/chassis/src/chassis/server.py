"""Runs uvicorn for a process that has a drain of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from chassis.drain_times import GOODBYE_S
from chassis.http.protocol import WebSocket

_LOOK_S = 0.01


class Server(uvicorn.Server):
    """Runs uvicorn without its signal handlers, because the process has a drain of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def let_sockets_close(self) -> None:
        """Waits until WebSockets have closed themselves; uvicorn would close them with 1012."""
        for _ in range(round(GOODBYE_S / _LOOK_S)):
            if not any(isinstance(each, WebSocket) for each in self.server_state.connections):
                return
            await asyncio.sleep(_LOOK_S)
