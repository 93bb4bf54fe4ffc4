"""Finds out which guardians who listen are to be told that jobs of their children have ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from uuid import UUID

from chassis.storage.database import Database
from gateway.consents import guardians

#: seconds between two looks, however many jobs end
_LOOKS_EVERY_S = 1.0


class ChildrensJobs:
    """Gathers jobs of which something was recorded, and asks once a second at most whose guardians listen.

    So it costs nothing where nobody listens, and one short statement a second where somebody does.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._jobs: set[UUID] = set()
        self._any = False
        self._look_at = 0.0

    def add(self, jobs: Iterable[UUID]) -> None:
        """Notes jobs of which something was recorded."""
        self._jobs.update(jobs)

    def lost(self) -> None:
        """Notes that jobs may have ended of which nothing was heard."""
        self._any = True

    async def guardians(self, listening: Collection[UUID]) -> Collection[UUID]:
        """Returns those of the people who listen that are to be told."""
        if self._clock() < self._look_at or not (self._jobs or self._any):
            return ()
        jobs, self._jobs = self._jobs, set()
        try:
            found = await guardians.of_ended(self._database, listening, None if self._any else jobs)
        except BaseException:
            self._jobs |= jobs
            raise
        self._any = False
        self._look_at = self._clock() + _LOOKS_EVERY_S
        return found
