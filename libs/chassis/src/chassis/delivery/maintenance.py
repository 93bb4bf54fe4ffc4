"""Maintains every service's tables by the hour: makes inbox partitions ahead and drops expired ones."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from chassis.delivery import statements
from chassis.delivery.consumer import RETENTION
from chassis.delivery.person_erasure import note_work
from chassis.handler import Rows
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.storage.database import Database
from chassis.storage.partitions import database_now, drop_old, ensure_partitions, first_id, may_drop_inbox
from chassis.storage.person_lock import lock_erasure

_ROUND_S = 3600.0
_AGAIN_S = 30.0
#: people in one transaction; each of them takes a lock in memory that all connections share
_ERASE_PEOPLE = 100

#: deletes the rows about some persons, and returns how many by table
Erase = Callable[[Rows, Sequence[UUID]], Awaitable[Mapping[str, int]]]


class InboxMaintenance:
    """Maintains one service's tables; safe on several replicas at once."""

    def __init__(
        self,
        database: Database,
        pulse: Pulse,
        erase: Erase | None = None,
        now: Callable[[], Awaitable[datetime]] | None = None,
    ) -> None:
        """Takes the service's `erase`. `now` gives the moment to judge by; by default it is the database's."""
        self._erase = erase
        self._now = now or partial(database_now, database)
        self._database = database
        self._pulse = pulse

    async def once(self) -> None:
        """Makes partitions ahead, drops old ones but keeps dead letters, deletes old endings, effects and erasures."""
        now = await self._now()
        await ensure_partitions(self._database, "inbox", now=now)
        await drop_old(self._database, "inbox", now - RETENTION, may_drop_inbox)
        await self._database.fetch(statements.FORGET_CANCELLED, RETENTION)
        await self._database.fetch(statements.FORGET_EFFECTS, str(first_id(now - 2 * RETENTION)), RETENTION)
        await self.erase_again()

    async def erase_again(self) -> None:
        """Deletes late rows about erased people, as long as messages from before the erasure may still be processed."""
        if self._erase is None:
            return
        persons = [row.person_id for row in await self._database.fetch(statements.LATELY_ERASED, RETENTION)]
        for first in range(0, len(persons), _ERASE_PEOPLE):
            some = persons[first : first + _ERASE_PEOPLE]
            async with self._database.transaction() as tx:
                await lock_erasure(tx, some)  # a write that is under way ends first; a later one finds the erasure
                if await self._erase(tx, some):
                    await note_work(tx, some[0], None, {})  # for one of them: the vacuum is of all
            self._pulse.beat()

    async def run(self) -> None:
        """Runs once an hour until cancelled."""
        await every(_ROUND_S, self.once, self._pulse, again=_AGAIN_S)
