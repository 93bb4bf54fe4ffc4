"""Defines a hop, which carries a request to the owner and the answer back. `in_process` and `port` implement it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from chassis.errors import VoxbusError
from chassis.observe.health import Condition

RawHeaders = Sequence[tuple[bytes, bytes]]

#: the state of an owner: it serves, it says that it cannot work now, or it does not answer
OwnerState = Literal["ok", "unready", "down"]

#: seconds to connect
CONNECT_S = 2.0


@dataclass(frozen=True, slots=True)
class OwnerHealth:
    """Holds the state of an owner, and how the parts are that it tells of, by name."""

    state: OwnerState
    parts: Mapping[str, Condition] = field(default_factory=dict)


class NotSent(VoxbusError):
    """Says that surely no byte of a request has reached its owner, because there was no connection."""


class NoAnswer(VoxbusError):
    """Says that a request was sent, or part of it, and that its outcome is unknown.

    `late`: the owner was silent until the deadline and has not ended the connection.
    """

    def __init__(self, reason: str, *, late: bool = False) -> None:
        super().__init__(reason)
        self.late = late


@dataclass(frozen=True, kw_only=True, slots=True)
class HopRequest:
    """Holds a request to forward: `path` and `query` as the client sent them, `headers` in lower case."""

    method: str
    path: bytes
    query: bytes
    headers: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class HopAnswer:
    """Holds the head of an answer; `pieces` is its body, read from the owner as it is read here.

    `pieces` raises `NoAnswer` if the body ends early. `close` must be called, also after the last piece.
    """

    status: int
    headers: RawHeaders
    pieces: AsyncIterator[bytes]
    close: Callable[[], Awaitable[None]]


class HopEnded(VoxbusError):
    """Says that a stream has ended. `code`: that of the close; 1006 for one that nobody has closed."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the stream has ended: {code}")
        self.code = code


class HopSocket(Protocol):
    """Holds a stream to an owner. A message is taken from a side when the other one has room for it."""

    async def receive(self) -> str:
        """Returns the owner's next message. Raises `HopEnded`."""
        ...

    async def send(self, text: str) -> None:
        """Sends a message of the client. Raises `HopEnded`."""
        ...

    async def close(self, code: int) -> None:
        """Closes the stream; with 1006 it is broken off, as if the client were lost."""
        ...


class Hop(Protocol):
    """Sends requests to one address, each once."""

    async def send(self, request: HopRequest, *, within: float, ends: float) -> HopAnswer:
        """Returns the answer once its head has arrived. Raises `NotSent` and `NoAnswer`.

        `within`: seconds from sending to the head of the answer; `ends`: the end of the whole exchange, on the loop's
        clock.
        """
        ...

    async def open(self, request: HopRequest, *, within: float) -> HopSocket | HopAnswer:
        """Opens a stream within so many seconds, or returns the answer that refuses it.

        Raises `NotSent` and `NoAnswer`.
        """
        ...

    async def state(self) -> OwnerHealth:
        """Asks the owner how it is, and waits for at most a second."""
        ...

    async def aclose(self) -> None:
        """Closes the hop."""
        ...
