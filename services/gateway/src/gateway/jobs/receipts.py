"""Keeps the receipts of what services have deleted because its time was over."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Deps, Unit, handles
from chassis.storage.database import Database
from contracts.common import RetentionExecuted
from gateway.tables import DELETION_RECEIPTS


@handles(RetentionExecuted, batch=100)
async def keep_receipts(events: Sequence[RetentionExecuted], deps: Deps, unit: Unit) -> None:
    """Notes what services have deleted."""
    rows = [
        {
            "id": event.receipt_id,
            "service": event.service,
            "class": event.kind,
            "items": event.items,
            "oldest_at": event.oldest_at,
            "done_at": event.done_at,
        }
        for event in sorted(events, key=lambda each: each.receipt_id)
    ]
    await unit.execute(insert(DELETION_RECEIPTS).values(rows).on_conflict_do_nothing())


async def read_receipts(database: Database, *, before: UUID | None, limit: int) -> Sequence[Row[tuple[object, ...]]]:
    """Reads receipts, newest first, older than one of them."""
    columns = DELETION_RECEIPTS.c
    older = [] if before is None else [columns.id < before]
    async with database.transaction() as tx:
        found = await tx.execute(sa.select(DELETION_RECEIPTS).where(*older).order_by(columns.id.desc()).limit(limit))
        return found.all()
