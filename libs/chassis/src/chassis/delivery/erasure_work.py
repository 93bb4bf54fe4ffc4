"""Confirms erasures whose rows a service has deleted, once nothing of them is left in messages, media and dead rows.

A row of `erasure_work` is what is left to do. Every step is repeatable, so a crash only repeats the steps; the last one
deletes the row and emits the confirmation in one transaction, so there is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.delivery import erasure_statements as statements
from chassis.delivery.dead_rows import DeadRows
from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.loops import every, rest
from chassis.observe import metrics
from chassis.observe.health import Finding, Watchdog
from chassis.storage.database import Database
from contracts.common import OutsideRecipient, PersonErasureConfirmed

#: seconds between looks while nothing is open; a look finds what another replica has left
_SLOWLY_S = 30.0
#: seconds for which it looks often after it was woken: the word comes just before the commit
_AWAKE_S = 5.0
#: seconds after which something that keeps an erasure from its end is said where an operator looks
_PATIENCE_S = 30.0

#: tells recipients outside of a person's erasure, given the deleted rows by table; repeatable
TellOutside = Callable[[UUID, Mapping[str, int]], Awaitable[Sequence[OutsideRecipient]]]


async def tell_nobody(_: UUID, __: Mapping[str, int]) -> Sequence[OutsideRecipient]:
    """Tells nobody: the service gives nothing to anybody outside."""
    return ()


@dataclass(frozen=True, slots=True)
class _Begun:
    """Holds an erasure of which dead rows alone are left: those below the mark."""

    #: None: rows that were written late, whose erasure was confirmed before
    erasure: UUID | None
    mark: int
    outside: Sequence[OutsideRecipient]
    #: by the loop's clock
    since: float


@dataclass(frozen=True, slots=True)
class _Retired:
    """Holds tables of which retention has deleted rows, below the mark, by the name of their turn."""

    mark: int
    tables: Sequence[str]
    turns: Mapping[str, datetime]


class ErasureWork:
    """Works through one service's `erasure_work`; safe on several replicas at once.

    It also takes the dead rows of what retention has deleted out of the files.
    """

    def __init__(
        self,
        service: str,
        database: Database,
        relay: Relay,
        watchdog: Watchdog,
        dead_rows: DeadRows,
        *,
        tell_outside: TellOutside = tell_nobody,
        failpoint: Callable[[str], None] = lambda _here: None,
        look_every: float = 1.0,
        patience: float = _PATIENCE_S,
    ) -> None:
        """Takes `look_every`, the seconds between looks while an erasure is open, and `patience`: see `_PATIENCE_S`."""
        self._service = service
        self._database = database
        self._relay = relay
        self._watchdog = watchdog
        self._pulse = watchdog.pulse(f"{service}.erasures")
        self._dead_rows = dead_rows
        self._tell_outside = tell_outside
        self._failpoint = failpoint
        self._look_every = look_every
        self._patience = patience
        self._begun: dict[UUID, _Begun] = {}
        self._retired: _Retired | None = None
        #: set when rows about a person are about to be deleted
        self.noted = asyncio.Event()

    async def run(self) -> None:
        """Confirms erasures until cancelled."""
        await every(_SLOWLY_S, self._until_done, self._pulse, again=self._look_every, jitter=0.3, wake=self.noted)

    async def _until_done(self) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + _AWAKE_S
        while await self.once() or clock() < until:
            self._pulse.beat()
            await rest(self._look_every, self._pulse)

    async def once(self) -> int:
        """Does what can be done now; returns how many erasures are open."""
        work = {row.person_id: row for row in await self._database.fetch(statements.ERASURE_WORK)}
        self._begun = {
            person: begun
            for person, begun in self._begun.items()
            if person in work and work[person].erasure_id == begun.erasure
        }
        if new := [row for row in work.values() if row.ready and row.person_id not in self._begun]:
            await self._begin(new)
        if self._retired is None and (dead := await self._database.fetch(statements.DEAD_OF_RETENTION)):
            turns = {row.name: row.until for row in dead}
            self._retired = _Retired(await self._dead_rows.mark(), [row.table for row in dead], turns)
        done, waits_for = await self._vacuum()
        for person in done:
            await self._confirm(work[person], self._begun.pop(person).outside)
        self._say(waits_for)
        metrics.ERASURES_WAITING.labels(self._service).set(len(self._begun))
        return len(work) - len(done)

    async def _begin(self, work: Sequence[Row[Any]]) -> None:
        """Leaves nothing to do but the dead rows."""
        self._failpoint("worked")
        await self._forget_messages([str(row.person_id) for row in work])
        told = {}
        for row in work:
            asked = row.erasure_id is not None  # else late rows of somebody whose erasure was confirmed
            told[row.person_id] = await self._tell_outside(row.person_id, row.counts) if asked else ()
            self._pulse.rest()  # each of those outside may take some seconds
        self._failpoint("called")
        mark, now = await self._dead_rows.mark(), asyncio.get_running_loop().time()
        self._begun |= {row.person_id: _Begun(row.erasure_id, mark, told[row.person_id], now) for row in work}

    async def _vacuum(self) -> tuple[list[UUID], str | None]:
        """Vacuums once for all whose dead rows nobody can see; returns whose are gone, and what the others wait for."""
        if not self._begun and self._retired is None:
            return [], None
        horizon, holder = await self._dead_rows.horizon()
        passed = [person for person, begun in self._begun.items() if begun.mark <= horizon]
        retired = self._retired if self._retired is not None and self._retired.mark <= horizon else None
        if not passed and retired is None:
            return [], f"{holder} may still see the deleted rows"
        refused = await self._dead_rows.vacuum(None if passed or retired is None else retired.tables)
        if refused is None:
            return [], None
        if refused:
            return [], f"a transaction has locked {', '.join(refused)}, or the server refuses the vacuum: see the log"
        if retired is not None:
            turns = retired.turns
            await self._database.fetch(statements.END_DEAD_OF_RETENTION, [*turns], [*turns.values()])
            self._retired = None
        if passed:
            self._failpoint("recorded")
        return passed, None

    def _say(self, waits_for: str | None) -> None:
        """Says what keeps an erasure from its end where an operator looks, once it has done so for a while."""
        patient_since = asyncio.get_running_loop().time() - self._patience
        late = waits_for is not None and any(begun.since <= patient_since for begun in self._begun.values())
        found = {f"erasures of {self._service}": Finding(f"wait: {waits_for}", blocks=False)} if late else {}
        self._watchdog.find(f"{self._service}.erasures", found)

    async def _confirm(self, row: Row[Any], outside: Sequence[OutsideRecipient]) -> None:
        if row.erasure_id is None:
            await self._database.fetch(statements.END_ERASURE_WORK, row.person_id, None)
            return
        confirmed = PersonErasureConfirmed(
            erasure_id=row.erasure_id,
            service=self._service,
            rows=sum(row.counts.values()),
            media=row.media,
            outside=tuple(outside),
        )
        message = to_outbox_uncaused(confirmed, source=f"voxbus/{self._service}", job_id=None, person_id=None)
        async with self._database.transaction() as tx:
            if not await tx.fetch(statements.END_ERASURE_WORK, row.person_id, row.erasure_id):
                return  # another replica was faster
            await insert_outbox(tx, [message])
        self._failpoint("committed")
        self._relay.publish([message])

    async def _forget_messages(self, persons: Sequence[str]) -> None:
        """Settles what still waits about these persons, and takes them out of what is settled; their key is gone."""
        keep = [f"{self._service}.erase_people", "gateway.record"]
        for statement in (
            statements.FORGET_INBOX_OF,
            statements.FORGET_DEAD_OF,
            statements.FORGET_TIMERS_OF,
        ):
            await self._database.fetch(statement, persons, *([keep] if statement == statements.FORGET_INBOX_OF else []))
