"""Reads and writes notifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows, Unit
from chassis.web.listing import Sorts
from notify.notifications.notification import Notification
from notify.notifications.tables import notifications

SORTS: Sorts = {"id": notifications.c.id}
#: made once: to make it takes longer than the rest of the way to the driver
_MARK_READ = (
    sa.update(notifications)
    .where(
        notifications.c.id == sa.bindparam("notification_id"),
        notifications.c.person_id == sa.bindparam("reader_id"),
        notifications.c.read_at.is_(None),
    )
    .values(read_at=sa.func.now())
    .returning(notifications)
)


def of_person(person_id: UUID) -> sa.Select[Any]:
    """Selects the notifications of a person."""
    return sa.select(notifications).where(notifications.c.person_id == person_id)


async def add(unit: Unit, batch: Sequence[Notification], *, channel: str, delivered: bool) -> None:
    """Stores notifications; one that is there already stays as it is."""
    rows = [
        {
            "id": n.id,
            "person_id": n.person_id,
            "type": n.type,
            "title": n.title,
            "body": n.body,
            "channel": channel,
            "delivered": delivered,
        }
        for n in sorted(batch, key=lambda n: n.id)
    ]
    await unit.execute(insert(notifications).values(rows).on_conflict_do_nothing())


async def read(rows: Rows, notification_id: UUID, person_id: UUID) -> Row[Any] | None:
    """Reads a notification of a person. None if the person has no such notification."""
    return (await rows.execute(of_person(person_id).where(notifications.c.id == notification_id))).first()


async def mark_read(rows: Rows, notification_id: UUID, person_id: UUID) -> Row[Any] | None:
    """Marks a person's notification as read; the first time counts. None if the person has no such notification."""
    marked = await rows.execute(_MARK_READ, {"notification_id": notification_id, "reader_id": person_id})
    return marked.first() or await read(rows, notification_id, person_id)
