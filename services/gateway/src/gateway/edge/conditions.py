"""Learns every two seconds how database and owners are, so that who asks for the health waits for neither."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError

from chassis.loops import every
from chassis.observe.health import Condition, Pulse
from chassis.storage.database import Database
from chassis.storage.errors import DatabaseAway
from gateway.edge.forward.hop import OwnerHealth
from gateway.edge.forward.upstream import Upstream

#: seconds between two looks, and for the database to answer
EVERY_S, _WITHIN_S = 2.0, 1.0
#: seconds for which what was learned is told; after that nothing is known
KNOWN_S = 5.0


@dataclass(frozen=True, slots=True)
class Known:
    """Holds how the database is, and each owner by name."""

    database: Condition
    owners: Mapping[str, OwnerHealth]


class Conditions:
    """Knows how those are that a request would have to wait for."""

    def __init__(
        self, database: Database, upstreams: Mapping[str, Upstream], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._upstreams = upstreams
        self._clock = clock
        self._known: Known | None = None
        self._at = 0.0

    async def read(self) -> Known:
        """Returns what was learned within the last `KNOWN_S` seconds; what has not been, is down.

        Nobody has learned anything before the loop has begun: then it is asked for.
        """
        if self._known is None:
            await self.look()
        assert self._known is not None
        if self._clock() - self._at <= KNOWN_S:
            return self._known
        return Known("down", {name: OwnerHealth("down") for name in self._upstreams})

    async def look(self) -> None:
        """Asks all of them at once, for a second at most."""
        names = list(self._upstreams)
        database, owners = await asyncio.gather(
            self._ask_database(), asyncio.gather(*(self._upstreams[name].state() for name in names))
        )
        self._known, self._at = Known(database, dict(zip(names, owners, strict=True))), self._clock()

    async def run(self, pulse: Pulse) -> None:
        """Looks until cancelled."""
        await every(EVERY_S, self.look, pulse)

    async def _ask_database(self) -> Condition:
        """Returns `degraded` where no answer has come in time: all connections may be busy."""
        try:
            async with asyncio.timeout(_WITHIN_S):
                await self._database.fetch("SELECT 1")
        except TimeoutError:
            return "degraded"
        except (DatabaseAway, DBAPIError, OSError):
            return "down"
        return "ok"
