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
    """Is the transport that uvicorn sees: it closes by way of the protocol, and is otherwise the socket's own."""

    def __init__(self, protocol: Closes, socket: asyncio.Transport) -> None:
        super().__init__()
        self._protocol = protocol
        self._socket = socket

    def close(self) -> None:
        self._protocol.close()

    def is_closing(self) -> bool:
        return self._protocol.is_closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return self._socket.get_extra_info(name, default)

    def write(self, data: Any) -> None:
        self._socket.write(data)

    def pause_reading(self) -> None:
        self._socket.pause_reading()

    def resume_reading(self) -> None:
        self._socket.resume_reading()
