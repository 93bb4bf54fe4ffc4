"""Asks those who have taken notifications how they went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.observe.metrics import NOTIFICATIONS
from chassis.storage.database import Database
from notify.notifications.channels import store as channels
from notify.notifications.channels.channel import Channel, Ended
from notify.notifications.channels.tables import deliveries
from notify.notifications.deliveries import LIVES, confirm, record_outcome

#: receipts that are asked for at a time
MOST_RECEIPTS = 1000
#: requests of one round: 300 notifications a second make 3 in its 10 seconds
_REQUESTS = 10
_OF = deliveries.c


@dataclass(frozen=True, slots=True)
class Receipts:
    """Asks how those deliveries went of which a ticket alone is known, and writes it."""

    database: Database
    channel: Channel
    kind: str
    after: timedelta

    async def ask(self) -> int:
        """Asks for all receipts that are due, in some requests at most, and returns for how many it asked."""
        asked = 0
        for _ in range(_REQUESTS):
            some = await self._ask_some()
            asked += some
            if some < MOST_RECEIPTS:
                break
        return asked

    async def _ask_some(self) -> int:
        """Asks for receipts in one request, and returns for how many."""
        due = sa.select(_OF.id).where(_OF.receipt_at <= sa.func.now(), _OF.kind == self.kind).order_by(_OF.receipt_at)
        taken = (
            sa.update(deliveries)
            .where(_OF.id.in_(due.limit(MOST_RECEIPTS).with_for_update(skip_locked=True)))
            .values(receipt_at=sa.case((_OF.created_at > sa.func.now() - LIVES, sa.func.now() + self.after)))
            .returning(deliveries)
        )
        async with self.database.transaction() as tx:
            rows = {row.ticket: row for row in (await tx.execute(taken)).all()}
        found = await self.channel.receipts(sorted(rows)) if rows else {}
        for ticket, ended in found.items():
            await self._write(rows[ticket], ended)
        return len(rows)

    async def _write(self, row: Row[Any], ended: Ended) -> None:
        NOTIFICATIONS.labels(self.kind, ended.ending).inc()
        async with self.database.transaction() as tx:
            if ended.ending == "confirmed":
                await confirm(tx, row.id, row.notification_id, row.mode)
                return
            values = {"state": "failed", "reason": ended.reason, "at": sa.func.now(), "receipt_at": None}
            failed = sa.and_(_OF.id == row.id, _OF.state == "sent")
            if (await tx.execute(sa.update(deliveries).where(failed).values(values).returning(_OF.id))).first():
                await record_outcome(tx, row, ended)
            if ended.ending == "gone":
                await channels.end(tx, row.channel_id)
