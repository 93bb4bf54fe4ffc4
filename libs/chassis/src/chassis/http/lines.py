"""Keeps connections to one address open, and speaks HTTP/1.1 over each, one request at a time.

`h11` reads and writes the protocol, as it does in the server. Nothing is sent twice, decoded or followed.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import cast

import h11

from chassis.errors import VoxbusError

#: seconds after which an idle connection is not used any more
IDLE_S = 3.0
_KEPT = 64
#: most bytes of the head of an answer
_HEAD_BYTES = 100 * 1024
#: bytes that are read ahead of whoever reads an answer
_AHEAD = 64 * 1024


RawHeaders = Sequence[tuple[bytes, bytes]]


class Unsendable(VoxbusError):
    """Says that a request is no HTTP, and that no byte of it was sent."""


class BrokenOff(VoxbusError):
    """Says that an answer has not come to its end, or was none."""


class Line(asyncio.Protocol):
    """Holds one connection. It is of no more use once something came for which no request had asked."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT, _HEAD_BYTES)
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._unread = 0
        self._is_paused = self._is_asked = self._is_lost = False

    # what the event loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begins the connection."""
        self._transport = cast(asyncio.Transport, transport)  # that of uvloop is of no class of asyncio

    def data_received(self, data: bytes) -> None:
        """Takes a part of an answer, and reads on only while somebody takes what has come."""
        if self._is_lost or not self._is_asked:
            self.drop()
            return
        self._http.receive_data(data)
        self._unread += len(data)
        if self._unread > _AHEAD and not self._is_paused and self._transport is not None:
            self._is_paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """Notes that no more comes."""
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        """Notes that the connection has ended."""
        self._end()

    # what its user calls

    @property
    def is_lost(self) -> bool:
        """Tells whether no request may be sent any more."""
        return self._is_lost or self._transport is None or self._transport.is_closing()

    def ask(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> None:
        """Sends a request whole, whose headers name the host. Raises `Unsendable`."""
        assert self._transport is not None
        data: list[h11.Event] = [h11.Data(data=body)] if body else []
        try:
            is_measured = not body or any(name == b"content-length" for name, _ in headers)
            length = [] if is_measured else [(b"content-length", b"%d" % len(body))]
            head = h11.Request(method=method, target=target, headers=[*headers, *length])
            sent = b"".join(self._http.send(event) or b"" for event in (head, *data, h11.EndOfMessage()))
        except h11.LocalProtocolError as error:
            raise Unsendable(type(error).__name__) from None
        self._is_asked = True
        self._transport.write(sent)

    async def head(self) -> tuple[int, RawHeaders]:
        """Returns status and headers of the answer, these in lower case. Raises `BrokenOff`."""
        while True:
            match await self._next():
                case h11.Response(status_code=status, headers=headers):
                    return status, list(headers)
                case h11.InformationalResponse():
                    continue
                case _:
                    raise BrokenOff("ended before its head")

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yields the body of the answer. Raises `BrokenOff` if it ends early."""
        while True:
            match await self._next():
                case h11.Data(data=data):
                    yield bytes(data)
                case h11.EndOfMessage():
                    return
                case _:
                    raise BrokenOff("ended before its end")

    def finished(self) -> bool:
        """Makes the connection ready for the next request; False if it cannot have one, because it is not at its end.

        An answer is at its end when all of it was read, and nothing came after it.
        """
        http = self._http
        if self.is_lost or http.their_state is not h11.DONE or http.our_state is not h11.DONE or http.trailing_data[0]:
            return False
        http.start_next_cycle()
        self._is_asked = False
        self._unread = 0
        self._go_on()
        return True

    def drop(self) -> None:
        """Ends the connection at once."""
        self._is_lost = True
        if self._transport is not None:
            self._transport.abort()

    async def _next(self) -> object:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._unread = 0
                self._go_on()
                self._waiting = asyncio.get_running_loop().create_future()
                await self._waiting
        except h11.RemoteProtocolError as error:
            raise BrokenOff(type(error).__name__) from None
        return event

    def _go_on(self) -> None:
        if self._is_paused and self._transport is not None:
            self._is_paused = False
            self._transport.resume_reading()

    def _end(self) -> None:
        if not self._is_lost:
            self._is_lost = True
            self._http.receive_data(b"")
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class Lines:
    """Opens connections to one address, and keeps those that can have another request."""

    def __init__(
        self, host: str, port: int, tls: ssl.SSLContext | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._clock = clock
        #: by connection, since when it is idle; the one that was used last comes last
        self._kept: dict[Line, float] = {}

    def kept(self) -> Line | None:
        """Returns an open connection that nobody uses; None if there is none."""
        oldest = self._clock() - IDLE_S
        while self._kept:
            line, since = self._kept.popitem()
            if since >= oldest and not line.is_lost:
                return line
            line.drop()
        return None

    async def open(self, line: Line) -> None:
        """Connects. Raises OSError."""
        await asyncio.get_running_loop().create_connection(lambda: line, self._host, self._port, ssl=self._tls)

    def give_back(self, line: Line) -> None:
        """Takes a connection back, and keeps it if it can have another request."""
        if line.finished() and len(self._kept) < _KEPT:
            self._kept[line] = self._clock()
        else:
            line.drop()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        while self._kept:
            self._kept.popitem()[0].drop()
