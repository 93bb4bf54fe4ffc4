"""Ends open streams whose sign-in no longer holds: the token has expired, or the session has ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from uuid import UUID

from chassis.bus.base import Bus, Closed
from chassis.loops import every
from chassis.observe.health import Pulse
from gateway.jobs.erasures import ENDED

#: seconds between checks; a stream has to end within 5 s of a logout
CHECK_INTERVAL_S = 3.0

#: returns those of some sessions that have not ended; an erased person has none
Alive = Callable[[Sequence[UUID]], Awaitable[set[UUID]]]


@dataclass(frozen=True, slots=True)
class Permit:
    """Says in whose name a stream is open, and that it ends after `seconds`.

    Without a session it was opened with a ticket of a gateway of the last release.
    """

    person: UUID
    session: UUID | None
    seconds: float


@dataclass(eq=False, slots=True)
class _Held:
    permit: Permit
    ends_at: float
    ended: asyncio.Event


class Permits:
    """Holds the permits of all open streams of this replica, and checks them all at once.

    While the database does not answer, streams stay open: they show nothing from the log then.
    """

    def __init__(self, alive: Alive, pulse: Pulse, clock: Callable[[], float] = time.monotonic) -> None:
        self._alive = alive
        self._pulse = pulse
        self._clock = clock
        self._held: set[_Held] = set()

    @contextmanager
    def hold(self, permit: Permit) -> Iterator[asyncio.Event]:
        """Holds a permit while its stream is open. The event is set once the stream has to end."""
        held = _Held(permit, self._clock() + permit.seconds, asyncio.Event())
        self._held.add(held)
        try:
            yield held.ended
        finally:
            self._held.discard(held)

    def end_streams(self, person: UUID) -> None:
        """Ends all streams of a person here."""
        for held in self._held:
            if held.permit.person == person:
                held.ended.set()

    async def follow(self, bus: Bus) -> None:
        """Ends the streams of people of whom another replica says that they were erased, until the bus is closed.

        A word that is lost costs the few seconds until the next check.
        """
        listener = await bus.listen(ENDED)
        with suppress(Closed):
            while True:
                _, person = await listener.next()
                self.end_streams(UUID(bytes=person))

    async def run(self) -> None:
        """Checks all permits every few seconds, until cancelled."""
        await every(CHECK_INTERVAL_S, self.check, self._pulse, again=1.0)

    async def check(self) -> None:
        """Ends the streams whose token has expired, then those whose session has ended."""
        now = self._clock()
        for held in self._held:
            if held.ends_at <= now:
                held.ended.set()
        asked = {held.permit.session for held in self._held if not held.ended.is_set()} - {None}
        if not asked:
            return
        ended = asked - await self._alive([session for session in asked if session is not None])
        for held in self._held:
            if held.permit.session in ended:
                held.ended.set()
