"""Defines a hop: how a request reaches the owner, and its answer the gateway. `in_process` and `port` are the two."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from chassis.errors import VoxbusError

RawHeaders = Sequence[tuple[bytes, bytes]]

#: what a client may know of an owner: it serves, it says that it cannot work now, or it does not answer
OwnerState = Literal["ok", "unready", "down"]

#: seconds for a connection
CONNECT_S = 2.0


class NotSent(VoxbusError):
    """Says that surely no byte of a request has reached its owner: there was no connection."""


class NoAnswer(VoxbusError):
    """Says that a request was sent, or part of it, and that nobody knows what came of it.

    `late`: its owner was silent until the deadline, in place of ending the connection.
    """

    def __init__(self, reason: str, *, late: bool = False) -> None:
        super().__init__(reason)
        self.late = late


@dataclass(frozen=True, kw_only=True, slots=True)
class HopRequest:
    """Holds what crosses: `path` and `query` as the client sent them, `headers` in lower case and no others."""

    method: str
    path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class HopAnswer:
    """Holds the head of an answer; `pieces` is its body, read from the owner as it is read here.

    `pieces` raises `NoAnswer` where the body ends early. `close` has to be called, also after the last piece.
    """

    status: int
    headers: RawHeaders
    pieces: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class Hop(Protocol):
    """Sends requests to one address, each once."""

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """Returns the answer once its head is there. Raises `NotSent` and `NoAnswer`.

        `within`: seconds from the sending to the head of the answer; `ends`: on the loop's clock, the end of it all.
        """
        ...

    async def state(self) -> OwnerState:
        """Asks whether the owner serves now, and waits for a second at most."""
        ...

    async def aclose(self) -> None:
        """Gives up what the hop holds."""
        ...
