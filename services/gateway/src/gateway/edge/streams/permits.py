"""Ends open streams whose sign-in no longer holds: the token has expired, or the person was erased."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database

#: seconds between checks; a stream has to end within 5 s of a logout
CHECK_INTERVAL_S = 3.0

# $1 ids of persons: those who still have an account
STILL_THERE = "SELECT id FROM people WHERE id = ANY($1::uuid[])"


@dataclass(frozen=True, slots=True)
class Permit:
    """Says in whose name a stream is open, and that it ends after `seconds`."""

    person: UUID
    session: UUID | None
    seconds: float


@dataclass(eq=False, slots=True)
class _Held:
    permit: Permit
    ends_at: float
    ended: asyncio.Event


class Permits:
    """Holds the permits of all open streams of this replica, and checks them all with one statement.

    While the database does not answer, streams stay open: they show nothing from the log then.
    """

    def __init__(self, database: Database, pulse: Pulse, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
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

    async def run(self) -> None:
        """Checks all permits every few seconds, until cancelled."""
        await every(CHECK_INTERVAL_S, self.check, self._pulse, again=1.0)

    async def check(self) -> None:
        """Ends the streams whose token has expired, then those whose person is no longer there."""
        now = self._clock()
        for held in self._held:
            if held.ends_at <= now:
                held.ended.set()
        checked = {held for held in self._held if not held.ended.is_set()}
        if not checked:
            return
        rows = await self._database.fetch(STILL_THERE, list({held.permit.person for held in checked}))
        there = {row.id for row in rows}
        for held in checked:
            if held.permit.person not in there:
                held.ended.set()
