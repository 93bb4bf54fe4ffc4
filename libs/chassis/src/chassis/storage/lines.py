"""Finds connections that have died without a word, as when a router on the way has forgotten them (docs/adr/0055).

Only TCP connections die so. The kernel is told to give up what nobody acknowledges; a connection that lay idle is
pinged before it is used; and of a statement that takes long another connection asks whether its server is at work.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import asyncpg

T = TypeVar("T")

#: seconds that sent bytes may stay unacknowledged: with a new connection it is less than three
UNACKNOWLEDGED_S = 2.5
#: seconds of silence after which the kernel asks whether the other end is there
_KEEPALIVE_S = 10
#: seconds that a connection may have lain idle and be used without a ping
PING_AFTER_S = 1.0
#: seconds without an answer after which a statement is late, and another connection looks for it
LATE_AFTER_S = 0.7
#: the same of a ping, which its server answers at once
_PONG_AFTER_S = 0.2
#: seconds between two searches for what is late
_TICK_S = 0.1
#: seconds that a ping may take where nobody can look
_PONG_WITHIN_S = 1.0
#: seconds that this other connection has for each step
_LOOK_WITHIN_S = 1.0
#: longest pause between two looks, in seconds
_LOOK_EVERY_S = 10.0
#: seconds until a second look confirms the first: an answer that was on its way has come meanwhile
_CONFIRMED_AFTER_S = 0.1

#: $1 process ids: returns those whose server has gone, or waits for what its client says, also within a statement
_WAITING = """
SELECT pid FROM unnest($1::int[]) AS asked(pid)
 WHERE NOT EXISTS (SELECT FROM pg_stat_activity AS a
                    WHERE a.pid = asked.pid AND a.wait_event IS DISTINCT FROM 'ClientRead')
"""

log = logging.getLogger(__name__)

#: asks which of these processes of the server wait for their client; raises what the driver raises
Look = Callable[[Collection[int]], Awaitable[set[int]]]


@dataclass(slots=True, eq=False)
class Line:
    """Holds what is known of one connection."""

    driver: asyncpg.Connection
    #: whether the connection can die without a word; a Unix socket cannot
    can_die: bool
    opened_at: float
    used_at: float


@dataclass(slots=True)
class Lines:
    """Knows the connections of one pool. `look` is None where nobody can look, as behind a pooler."""

    look: Look | None
    clock: Callable[[], float] = time.monotonic
    late_after: float = LATE_AFTER_S
    #: when a connection was last found dead: those that were opened before are not used again
    _dead_at: float = float("-inf")
    _idle: set[Line] = field(default_factory=set)
    #: connections on which an answer is awaited, and when it will be late
    _asked: dict[Line, float] = field(default_factory=dict)
    _ticking: asyncio.TimerHandle | None = None
    _late: set[Line] = field(default_factory=set)
    _looking: asyncio.Task[None] | None = None
    _closed: bool = False

    def opened(self, driver: asyncpg.Connection) -> Line:
        """Notes a new connection, and tells the kernel when to give it up."""
        now = self.clock()
        return Line(driver, _set_timeouts(driver), now, now)

    def taken(self, line: Line) -> None:
        """Notes that a connection is in use."""
        self._idle.discard(line)

    def given_back(self, line: Line) -> None:
        """Notes that nobody uses a connection; one that comes back after the pool was closed is closed, too."""
        if self._closed:
            line.driver.terminate()
            return
        line.used_at = self.clock()
        self._idle.add(line)

    def is_lost(self, line: Line) -> bool:
        """Tells whether a connection is closed. Closes one that was opened before another was found dead."""
        if line.can_die and line.opened_at <= self._dead_at:
            line.driver.terminate()
        return line.driver.is_closed()

    def lay_idle(self, line: Line) -> bool:
        """Tells whether a connection has lain idle so long that it is pinged before it is used."""
        return line.can_die and self.clock() - line.used_at > PING_AFTER_S

    async def ping(self, line: Line) -> bool:
        """Tells whether the other end answers; a connection that does not is closed."""
        try:
            async with asyncio.timeout(None if self.look is not None else _PONG_WITHIN_S):
                await self.watched(line, line.driver.execute("SELECT"), late_after=min(self.late_after, _PONG_AFTER_S))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            self._found_dead(line)
            return False
        return True

    async def watched(self, line: Line, call: Awaitable[T], *, late_after: float | None = None) -> T:
        """Awaits an answer. A connection that is found dead meanwhile is closed, and the call raises what that does.

        `late_after`: seconds after which the call is late, by default those of the pool.
        """
        if not line.can_die or self.look is None:
            return await call
        self._asked[line] = time.monotonic() + (self.late_after if late_after is None else late_after)
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().call_later(_TICK_S, self._tick)
        try:
            return await call
        finally:
            self._asked.pop(line, None)
            self._late.discard(line)

    async def close(self, within: float) -> None:
        """Closes the idle connections at once: the pool would wait for each in turn, and long for one that is dead."""
        self._closed = True
        if self._ticking is not None:
            self._ticking.cancel()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        closing = (line.driver.close(timeout=within) for line in self._idle)
        await asyncio.gather(*closing, return_exceptions=True)

    def _tick(self) -> None:
        """Notes what is late, again and again while anything is asked: cheaper than a timer for each statement."""
        self._ticking = asyncio.get_running_loop().call_later(_TICK_S, self._tick) if self._asked else None
        now = time.monotonic()
        self._late |= {line for line, late_at in self._asked.items() if now >= late_at}
        if self._late and (self._looking is None or self._looking.done()):
            self._looking = asyncio.create_task(self._look_for_late())

    async def _look_for_late(self) -> None:
        """Looks for the late statements until there are none, less and less often."""
        pause = self.late_after
        while self._late:
            try:
                for line in await self._still_silent(await self._still_silent(self._late)):
                    self._found_dead(line)
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.debug("nobody could look for late statements: %r", error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LOOK_EVERY_S)

    async def _still_silent(self, lines: Collection[Line]) -> list[Line]:
        """Returns those of the late connections whose server waits for them, after a moment for answers."""
        if not lines or self.look is None:
            return []
        by_process = {line.driver.get_server_pid(): line for line in lines}
        idle = await self.look(by_process)
        await asyncio.sleep(_CONFIRMED_AFTER_S / 2)
        return [line for process, line in by_process.items() if process in idle and line in self._late]

    def _found_dead(self, line: Line) -> None:
        log.warning("a connection to the database was dead, and is replaced")
        self._dead_at = self.clock()
        line.driver.terminate()


def looking_at(url: str) -> Look:
    """Returns a look over a connection of its own, which acts as the login itself: it may see its own statements."""

    async def look(processes: Collection[int]) -> set[int]:
        connection = await asyncpg.connect(
            url,
            timeout=_LOOK_WITHIN_S,
            command_timeout=_LOOK_WITHIN_S,
            statement_cache_size=0,
            server_settings={"application_name": "voxbus-look"},
        )
        try:
            return {row["pid"] for row in await connection.fetch(_WAITING, list(processes))}
        finally:
            connection.terminate()

    return look


def _set_timeouts(driver: asyncpg.Connection) -> bool:
    """Tells the kernel when to give a TCP connection up; False for a Unix socket, which cannot be cut."""
    # the driver has no setting for this, and no public name for its socket
    connected: Any = cast(Any, driver)._transport.get_extra_info("socket")
    if connected is None or connected.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", _KEEPALIVE_S),
        ("TCP_KEEPINTVL", 1),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", round(UNACKNOWLEDGED_S * 1000)),
    ):
        if (option := getattr(socket, name, None)) is not None:  # not every system has each
            connected.setsockopt(socket.IPPROTO_TCP, option, value)
    return True
