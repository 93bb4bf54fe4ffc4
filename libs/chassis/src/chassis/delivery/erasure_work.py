"""Confirms erasures whose rows a service has deleted, once nothing of them is left in messages, media and dead rows.

A row of `erasure_work` is what is left to do. Every step is repeatable, so a crash only repeats the steps; the last one
deletes the row and emits the confirmation in one transaction, so there is one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.delivery import statements
from chassis.delivery.outbox import insert_outbox, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.loops import every
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.pooler import Address
from chassis.storage.database import Database, open_pool
from chassis.storage.errors import is_outage
from contracts.base import OutsideRecipient, PersonErasureConfirmed

#: bytes with its indexes up to which a table is written anew: that is done in a moment, and nobody waits long for it
_SMALL = 16 * 1024 * 1024
#: seconds to wait for a table, and until a vacuum of a large one is given up
_WAIT, _VACUUM_WITHIN = "2s", 1800.0

#: tells recipients outside of a person's erasure, given the deleted rows by table; repeatable
TellOutside = Callable[[UUID, Mapping[str, int]], Awaitable[Sequence[OutsideRecipient]]]

_log = logger(__name__)


async def tell_nobody(_: UUID, __: Mapping[str, int]) -> Sequence[OutsideRecipient]:
    """Tells nobody: the service gives nothing to anybody outside."""
    return ()


class ErasureWork:
    """Works through one service's `erasure_work`; safe on several replicas at once."""

    def __init__(
        self,
        service: str,
        database: Database,
        relay: Relay,
        pulse: Pulse,
        *,
        url: str,
        tables: Sequence[str],
        tell_outside: TellOutside = tell_nobody,
        failpoint: Callable[[str], None] = lambda _here: None,
        look_every: float = 1.0,
    ) -> None:
        """Takes the `tables` to vacuum, and the `url` of the database without a transaction pooler, for that alone."""
        self._service = service
        self._database = database
        self._relay = relay
        self._pulse = pulse
        self._url = url
        self._tables = tables
        self._tell_outside = tell_outside
        self._failpoint = failpoint
        self._look_every = look_every

    async def run(self) -> None:
        """Confirms erasures until cancelled."""
        await every(self._look_every, self.once, self._pulse, jitter=0.3)

    async def once(self) -> int:
        """Confirms the erasures whose media are gone; returns how many it has found."""
        work = await self._database.fetch(statements.ERASURE_WORK)
        if not work:
            return 0
        self._failpoint("worked")
        await self._forget_messages([str(row.person_id) for row in work])
        outside = {row.person_id: await self._tell_outside(row.person_id, row.counts) for row in work}
        self._failpoint("called")
        await self._vacuum()
        self._failpoint("recorded")
        for row in work:
            await self._confirm(row, outside[row.person_id])
        return len(work)

    async def _confirm(self, row: Row[Any], outside: Sequence[OutsideRecipient]) -> None:
        confirmed = PersonErasureConfirmed(
            erasure_id=row.erasure_id,
            service=self._service,
            rows=sum(row.counts.values()),
            media=row.media,
            outside=tuple(outside),
        )
        message = to_outbox_uncaused(confirmed, source=f"voxbus/{self._service}", job_id=None, person_id=None)
        async with self._database.transaction() as tx:
            if not await tx.fetch(statements.END_ERASURE_WORK, row.person_id):
                return  # another replica was faster
            await insert_outbox(tx, [message])
        self._failpoint("committed")
        self._relay.publish([message])

    async def _forget_messages(self, persons: Sequence[str]) -> None:
        """Settles what still waits about these persons, and takes them out of what is settled; their key is gone."""
        keep = [f"{self._service}.erase_people", "gateway.record"]
        for statement in (statements.FORGET_INBOX_OF, statements.FORGET_DEAD_OF, statements.FORGET_TIMERS_OF):
            await self._database.fetch(statement, persons, *([keep] if statement == statements.FORGET_INBOX_OF else []))

    async def _vacuum(self) -> None:
        """Takes the deleted rows out of the tables' files, where they would stay in clear until there are many.

        A small table is written anew: a vacuum alone leaves the bytes of a row where they were until others need the
        room. A table that cannot be had is left to autovacuum, and the log says so.
        """
        if Address.of(self._url).pooler == "transaction":
            _log.warning(
                "tables are not vacuumed after an erasure: the database's pooler cannot", service=self._service
            )
            return
        settings = {
            "role": f"voxbus_{self._service}",
            "search_path": self._service,
            "application_name": f"voxbus-{self._service}-vacuum",
            "lock_timeout": _WAIT,
            "statement_timeout": "0",
        }
        database = open_pool(self._url, settings, size=1, answer_within=_VACUUM_WITHIN)
        try:
            sizes = await database.fetch(statements.TABLE_SIZES, [*self._tables])
            for row in sizes:
                self._pulse.rest()
                await self._vacuum_table(database, row.name, full=row.bytes <= _SMALL)
        finally:
            await database.close()

    async def _vacuum_table(self, database: Database, table: str, *, full: bool) -> None:
        try:
            await database.fetch(f"VACUUM (FULL, ANALYZE) {table}" if full else f"VACUUM (ANALYZE) {table}")
        except DBAPIError as error:
            if is_outage(error):
                raise
            if full:
                await self._vacuum_table(database, table, full=False)
            else:
                _log.warning("a table is not vacuumed after an erasure", table=f"{self._service}.{table}")
