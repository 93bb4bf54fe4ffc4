"""Describes what an application may tell the server that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class Shared(Protocol):
    """Describes an application whose answers pages of some other origins may read (CORS)."""

    def headers_for(self, origin: str) -> Mapping[str, str]:
        """Returns the headers that every answer to a page of the origin has."""
        ...


@runtime_checkable
class TakesMessages(Protocol):
    """Describes an application that takes messages of different sizes over WebSockets."""

    def message_bytes(self, path: str) -> int | None:
        """Returns the most bytes of one message over the WebSocket of a path; None: as few as usual."""
