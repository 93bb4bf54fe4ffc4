"""Deletes a service's data when its time is over, by `retention.toml`: one worker at a time, in small transactions.

Each batch deletes and says so (`retention.executed`) in one transaction, so a worker that dies leaves nothing half
done, and the next one goes on with what is still there. A turn is a row with a time limit: no lock outlives a
transaction.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from chassis.delivery import retention_statements as statements
from chassis.delivery.outbox import OutboxMessage, insert_outbox, to_outbox_uncaused
from chassis.delivery.relay import Relay
from chassis.delivery.retention_ages import Ages, cutoffs
from chassis.loops import every, rest
from chassis.message.envelope import new_id
from chassis.observe.health import Pulse
from chassis.observe.logs import logger
from chassis.observe.metrics import RETENTION_DELETED
from chassis.privacy.retention import Holder, Retention
from chassis.storage.database import Database, Transaction
from contracts.common import RetentionExecuted

#: seconds between two batches, in which others get the disk
_PAUSE_S = 0.05
_AGAIN_S = 30.0
#: seconds after a start: processes that start together shall not look together
_FIRST_S = 60.0
_SHORT = timedelta(days=1)
_NOW = "SELECT now() AS now"

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Deleted:
    """Counts what was deleted, and says from when the oldest was."""

    items: int = 0
    oldest_at: datetime | None = None


class Retires(Protocol):
    """Describes what deletes things that are in no table, or by more than a row: media, files, partitions."""

    async def oldest(self) -> datetime | None:
        """Returns from when the oldest is; None when there is none."""

    async def delete(self, until: datetime) -> Deleted:
        """Deletes what began by then; media are only marked, and counted when they are gone."""


class RetentionWorker:
    """Executes the table for one service."""

    def __init__(
        self,
        service: str,
        database: Database,
        relay: Relay,
        pulse: Pulse,
        table: Retention,
        *,
        tables: Sequence[str],
        retires: Mapping[str, Retires] | None = None,
        vacuumed: Collection[str] = (),
        failpoint: Callable[[str], None] = lambda _here: None,
        now: Callable[[], Awaitable[datetime]] | None = None,
        pause: float = _PAUSE_S,
    ) -> None:
        """Takes the service's `tables` by name, and by the name of a place what deletes there otherwise.

        `vacuumed` are the tables whose dead rows `ErasureWork` takes out of the files. What lives for a day at most is
        left to the server: others soon need its room.
        `now` gives the moment to judge by; by default it is the database's.
        """
        self._service = service
        self._database = database
        self._relay = relay
        self._pulse = pulse
        self._retires = retires or {}
        self._vacuumed = vacuumed
        self._failpoint = failpoint
        self._now = now or self._database_now
        self._pause = pause
        places = table.holders(service)
        self._measured = [each for each in places if each.table in tables and each.clock is not None]
        self._rows = [each for each in self._measured if each.by is None]
        self._others = [each for each in places if _place(each) in self._retires]
        self._prefixes = {each.media: each.kind for kind in table.classes.values() for each in kind.held if each.media}
        self._ages = Ages(service, table)

    async def run(self, seconds: float) -> None:
        """Deletes at least every so many seconds, until cancelled; soon after the start for the first time."""
        await rest(random.uniform(0.5, 1) * min(seconds, _FIRST_S), self._pulse)
        await every(0.9 * seconds, self.once, self._pulse, again=_AGAIN_S, jitter=0.1)

    async def once(self) -> int:
        """Deletes all that is due if nobody else does, then measures; returns how many items it has deleted."""
        now, owner = await self._now(), uuid4()
        deleted = 0
        if await self._database.fetch(statements.TAKE_TURN, owner):
            try:
                deleted = await self._delete_all(now, owner)
            finally:
                await self._database.fetch(statements.END_TURN, owner)
        await self.measure(now)
        return deleted

    async def measure(self, now: datetime) -> None:
        """Reads from the rows how old the oldest of each class is, and how many rows have no known clock."""
        for holder in self._measured:
            [found] = await self._database.fetch(statements.oldest(holder))
            self._ages.note_row(holder, now, found)
            if holder.by_activity:  # any other clock is there in each row, as a test of the table holds
                [unknown] = await self._database.fetch(statements.undated(holder))
                self._ages.note_undated(holder, unknown.number)
            self._pulse.beat()
        for holder in self._others:
            self._ages.note(holder, now, await self._retires[_place(holder)].oldest())
            self._pulse.beat()
        self._ages.show()

    async def _delete_all(self, now: datetime, owner: UUID) -> int:
        deleted = 0
        for holder in self._rows:
            while (batch := await self._delete_some(holder, now, owner)) is not None:
                deleted += batch.items
                self._pulse.beat()
                if batch.items < statements.BATCH:
                    break
                await asyncio.sleep(self._pause)
            else:
                return deleted  # another worker has taken the turn: this one stood still for too long
        for holder in self._others:
            gone = await self._retires[_place(holder)].delete(now - holder.keep)
            deleted += gone.items
            await self._tell(holder.kind, gone)
            self._pulse.beat()
        return deleted + await self._count_media()

    async def _delete_some(self, holder: Holder, now: datetime, owner: UUID) -> Deleted | None:
        """Deletes a batch and emits its receipt; None when the turn is another's now."""
        async with self._database.transaction() as tx:
            if not await tx.fetch(statements.TAKE_TURN, owner):
                return None
            [row] = await tx.fetch(statements.delete(holder), *cutoffs(holder, now))
            gone = Deleted(row.number, row.oldest)
            messages = await self._receipt(tx, holder.kind, gone)
            if gone.items and holder.table in self._vacuumed and holder.written > _SHORT:
                await tx.fetch(statements.LEAVE_DEAD, holder.table)
            self._failpoint("worked")
        self._failpoint("committed")
        self._told(holder.kind, gone, messages)
        return gone

    async def _count_media(self) -> int:
        """Emits receipts of the media that were deleted since the last count, whoever has asked for it."""
        items = 0
        async with self._database.transaction() as tx:
            told = []
            for row in await tx.fetch(statements.COUNT_MEDIA):
                if (kind := self._prefixes.get(row.prefix)) is not None:
                    gone = Deleted(row.number, row.oldest)
                    told.append((kind, gone, await self._receipt(tx, kind, gone)))
        for kind, gone, messages in told:
            self._told(kind, gone, messages)
            items += gone.items
        return items

    async def _tell(self, kind: str, gone: Deleted) -> None:
        async with self._database.transaction() as tx:
            messages = await self._receipt(tx, kind, gone)
        self._told(kind, gone, messages)

    async def _receipt(self, tx: Transaction, kind: str, gone: Deleted) -> list[OutboxMessage]:
        if not gone.items:
            return []
        [[done_at]] = await tx.fetch(_NOW)
        receipt = RetentionExecuted(
            receipt_id=new_id(),
            service=self._service,
            kind=kind,
            items=gone.items,
            oldest_at=gone.oldest_at,
            done_at=done_at,
        )
        message = to_outbox_uncaused(
            receipt, source=f"voxbus/{self._service}", job_id=None, person_id=None, identity=receipt.receipt_id
        )
        await insert_outbox(tx, [message])
        return [message]

    def _told(self, kind: str, gone: Deleted, messages: Sequence[OutboxMessage]) -> None:
        """Publishes what was committed, and counts it."""
        if messages:
            self._relay.publish([*messages])
            RETENTION_DELETED.labels(kind).inc(gone.items)
            _log.info("deleted what was kept for long enough", kind=kind, service=self._service, items=gone.items)

    async def _database_now(self) -> datetime:
        [[now]] = await self._database.fetch(_NOW)
        moment: datetime = now
        return moment.astimezone(UTC)


def _place(holder: Holder) -> str:
    return holder.media or holder.file or holder.table or ""
