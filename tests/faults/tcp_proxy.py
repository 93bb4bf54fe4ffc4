"""Provides a line between the product and a server that can be cut, held, silenced, deafened and made slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

_PIECE = 65_536  # bytes
_GREETING = 1_024  # bytes in which a client says who it is

Dial = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(eq=False)
class Snip:
    """Cuts the first call in which the client says `word` after `first` in the same transaction.

    `arrives`: the server still gets the word, and only its answer is lost; otherwise the server never gets the word.
    """

    word: bytes
    first: bytes = b""
    arrives: bool = True
    #: what the client said from `first` on, once it was cut
    said: bytes = b""
    #: when the client lost the call: where the word arrives, once its answer was there
    at: datetime | None = None
    _heard: dict[_Connection, bytes] = field(default_factory=dict)

    def lost(self) -> None:
        """Notes the time when the client has lost the call."""
        self.at = datetime.now(UTC)

    def cuts(self, connection: _Connection, piece: bytes) -> bool:
        """Tells whether this piece of a call is the one to cut at."""
        if connection in self._heard or self.first in piece:
            self._heard[connection] = self._heard.get(connection, b"") + piece
        if connection not in self._heard:
            return False
        if self.word in piece:
            self.said = self._heard[connection]
            return True
        if any(end in piece for end in (b"COMMIT", b"ROLLBACK")):
            del self._heard[connection]
        return False


@dataclass(eq=False)
class _Connection:
    """Holds one connection, both its ends."""

    writers: tuple[asyncio.StreamWriter, asyncio.StreamWriter]
    #: the first that its client said
    greeting: bytes = b""
    answers_lost: bool = False
    silent: bool = False
    snip: Snip | None = None
    pumps: list[asyncio.Task[None]] = field(default_factory=list)

    def cut(self) -> None:
        for pump in self.pumps:
            pump.cancel()
        for writer in self.writers:
            writer.transport.abort()


class TcpProxy:
    """Takes calls on a port of this machine and passes their bytes on to one server. `open_proxy` makes one."""

    def __init__(self, dial: Dial) -> None:
        self._dial = dial
        self._calls: set[_Connection] = set()
        self._free = asyncio.Event()
        self._free.set()
        self._answers_free = asyncio.Event()
        self._answers_free.set()
        self._deafened = b""
        self.port = 0
        #: seconds that each piece waits, in each direction
        self.delay = 0.0
        #: refuse new calls
        self.closed = False
        #: a call in which the client says this is cut once the server has it, before its answer passes; once
        self.cut_after: bytes | None = None
        #: a call in which the client says this is silent from then on, in both directions; the server has it; once
        self.silence_after: bytes | None = None
        #: a more exact one, and once as well
        self.snip: Snip | None = None
        #: how many calls were cut because of these two
        self.cut_short = 0
        #: how many pieces clients have said: about the round trips that they have waited for
        self.said = 0

    def cut(self, saying: bytes = b"") -> int:
        """Cuts every call whose client said this in its greeting, as a reset would; returns how many."""
        connections = {connection for connection in self._calls if saying in connection.greeting}
        self._calls -= connections
        for connection in connections:
            connection.cut()
        return len(connections)

    def silence(self, saying: bytes) -> int:
        """Loses all that is sent in either direction on calls whose client said this. They stay open; returns how many.

        Later calls are heard: so it is when a router on the way has forgotten a connection.
        """
        connections = [connection for connection in self._calls if saying in connection.greeting]
        for connection in connections:
            connection.silent = True
        return len(connections)

    def hold(self) -> None:
        """Lets nothing pass: calls stay open and nothing comes, as behind a dead switch."""
        self._free.clear()

    def hold_answers(self, saying: bytes = b"") -> None:
        """Lets what clients say pass, and nothing of what the server answers: not its confirms either.

        Only to clients that said this in their greeting.
        """
        self._deafened = saying
        self._answers_free.clear()

    def release(self) -> None:
        """Lets everything pass again, what was held first."""
        self._free.set()
        self._answers_free.set()

    async def take(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        """Takes one call."""
        if self.closed:
            to_client.transport.abort()
            return
        try:
            server, to_server = await self._dial()
        except OSError:
            to_client.transport.abort()
            return
        connection = _Connection((to_client, to_server))
        connection.pumps = [
            asyncio.create_task(self._pump(connection, client, to_server, asks=True)),
            asyncio.create_task(self._pump(connection, server, to_client, asks=False)),
        ]
        self._calls.add(connection)
        await asyncio.wait(connection.pumps, return_when=asyncio.FIRST_COMPLETED)
        self._calls.discard(connection)
        connection.cut()
        await asyncio.gather(*connection.pumps, return_exceptions=True)

    async def _pump(
        self, connection: _Connection, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, asks: bool
    ) -> None:
        with suppress(OSError):
            while piece := await source.read(_PIECE):
                if asks and len(connection.greeting) < _GREETING:
                    connection.greeting += piece[:_GREETING]
                self.said += asks
                if connection.silent:
                    continue
                if self.delay:
                    await asyncio.sleep(self.delay)
                await self._free.wait()
                if not asks and self._deafened in connection.greeting:
                    await self._answers_free.wait()
                if not asks and connection.answers_lost:
                    if connection.snip is not None:
                        connection.snip.lost()
                    return  # the end of one direction ends the call
                if asks and self.cut_after is not None and self.cut_after in piece:
                    self.cut_after = None
                    self.cut_short += 1
                    connection.answers_lost = True
                if asks and self.snip is not None and (snip := self.snip).cuts(connection, piece):
                    self.snip = None
                    self.cut_short += 1
                    if not snip.arrives:
                        snip.lost()
                        return
                    connection.answers_lost, connection.snip = True, snip
                sink.write(piece)
                await sink.drain()
                if asks and self.silence_after is not None and self.silence_after in piece:
                    self.silence_after = None
                    connection.silent = True


@asynccontextmanager
async def open_proxy(dial: Dial) -> AsyncIterator[TcpProxy]:
    """Listens on a free port until the end."""
    proxy = TcpProxy(dial)
    server = await asyncio.start_server(proxy.take, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.release()
        proxy.cut()


def to_port(port: int) -> Dial:
    """Calls to a port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def to_socket(path: str) -> Dial:
    """Calls to a Unix socket."""
    return lambda: asyncio.open_unix_connection(path)


def to_postgres(dsn: str) -> Dial:
    """Calls the server of a DSN: by its port, or by its socket where the DSN names a folder, as the embedded one's."""
    address = urlsplit(dsn)
    [folder] = parse_qs(address.query).get("host", [None])
    if folder is None:
        return lambda: asyncio.open_connection(address.hostname, address.port or 5432)
    return to_socket(f"{folder}/.s.PGSQL.5432")
