"""Reads and writes notifications."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Unit
from chassis.web.listing import Sorts
from contracts.gateway import MarkNotificationRead
from notify.notifications.notification import Notification
from notify.notifications.tables import notifications

SORTS: Sorts = {"id": notifications.c.id}


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


async def mark_read(unit: Unit, command: MarkNotificationRead) -> bool:
    """Marks a person's notification as read; the first time counts. False if the person has no such notification."""
    found = await unit.execute(
        sa.update(notifications)
        .where(notifications.c.id == command.notification_id, notifications.c.person_id == command.person_id)
        .values(read_at=sa.func.coalesce(notifications.c.read_at, sa.func.now()))
        .returning(notifications.c.id)
    )
    return found.first() is not None
