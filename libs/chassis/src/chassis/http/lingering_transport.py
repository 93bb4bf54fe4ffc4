"""Stands between uvicorn and a socket, so that our protocol decides how a connection ends."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol


class Closes(Protocol):
    """Describes a protocol that ends its connection itself."""

    @property
    def is_closing(self) -> bool:
        """Tells whether no more answers go out."""

    def close(self) -> None:
        """Closes the connection, at once if its client has sent all."""


class Lingering(asyncio.Transport):
    """Is the transport that uvicorn sees: it closes by way of the protocol, and is otherwise the socket's own.

    The head of an answer waits for what follows, so that both are one write, which is one call of the system; where
    nothing follows within this turn of the event loop it goes alone.
    """

    def __init__(self, protocol: Closes, socket: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._protocol = protocol
        self._socket = socket
        self._loop = loop
        self._holds = False
        self._head = b""
        self._flush: asyncio.Handle | None = None

    def hold(self) -> None:
        """Holds back what is written next, a head."""
        self._holds = True

    def close(self) -> None:
        self._send_head()
        self._protocol.close()

    def is_closing(self) -> bool:
        return self._protocol.is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket.get_extra_info(name, default)

    def write(self, data: Any) -> None:
        if self._holds:
            self._holds, self._head = False, data
            self._flush = self._loop.call_soon(self._send_head)
            return
        head = self._take_head()
        self._socket.write(head + data if head else data)

    def pause_reading(self) -> None:
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        self._socket.resume_reading()

    def _send_head(self) -> None:
        head = self._take_head()
        if head and not self.is_closing():
            self._socket.write(head)

    def _take_head(self) -> bytes:
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        head, self._head = self._head, b""
        return head
