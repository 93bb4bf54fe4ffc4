"""Stores webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows, Unit
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from chassis.web.listing import Sorts
from contracts.notify import WebhookDue
from notify.webhooks.tables import webhook_deliveries, webhooks
from notify.webhooks.webhook import MOST

SORTS: Sorts = {"id": webhooks.c.id}
DELIVERY_SORTS: Sorts = {"id": webhook_deliveries.c.id}
#: longer than all tries of a delivery together, but not than all the times for which it may be put off
_GIVEN_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class WebhookStore:
    """Reads a webhook's URL and notes each failed try, outside the unit of the delivery."""

    database: Database

    async def url(self, webhook_id: UUID) -> str | None:
        """Returns the URL of a webhook; None if it was deleted or is disabled."""
        statement = sa.select(webhooks.c.url).where(webhooks.c.id == webhook_id, webhooks.c.disabled_at.is_(None))
        async with self.database.transaction() as tx:
            found: str | None = (await tx.execute(statement)).scalar_one_or_none()
        return found

    async def is_given_up(self, delivery_id: UUID) -> bool:
        """Tells whether a delivery has been open for so long that it is not tried again."""
        statement = sa.select(webhook_deliveries.c.id).where(webhook_deliveries.c.id == delivery_id, _is_given_up())
        async with self.database.transaction() as tx:
            return (await tx.execute(statement)).first() is not None

    async def note(self, delivery_id: UUID, *, status: int | None, error: str | None, last: int) -> int:
        """Notes one more failed try, and returns which it was (from 1); after `last` the delivery has failed."""
        tries = webhook_deliveries.c.tries + 1
        async with self.database.transaction() as tx:
            noted = await tx.execute(
                _delivery(delivery_id)
                .values(
                    tries=tries,
                    status=status,
                    error=error,
                    tried_at=sa.func.now(),
                    state=sa.case((tries >= last, "failed"), else_="pending"),
                )
                .returning(webhook_deliveries.c.tries)
            )
        return noted.scalar_one_or_none() or 1  # the delivery may be gone with its webhook


def of_person(person_id: UUID) -> sa.Select[Any]:
    """Selects the webhooks of a person."""
    return sa.select(webhooks).where(webhooks.c.person_id == person_id)


async def read(rows: Rows, webhook_id: UUID, person_id: UUID) -> Row[Any] | None:
    """Reads a webhook of a person. None if the person has no such webhook."""
    return (await rows.execute(of_person(person_id).where(webhooks.c.id == webhook_id))).first()


async def add(rows: Rows, webhook_id: UUID, person_id: UUID, url: str, events: Sequence[str]) -> bool:
    """Stores a webhook; one that is there already stays as it is. False when its person has `MOST` of them already."""
    await lock_people(rows, [person_id])  # of two at once, one counts after the other has committed
    own = sa.select(sa.func.count()).select_from(webhooks).where(webhooks.c.person_id == person_id)
    if (await rows.execute(own)).scalar_one() >= MOST:
        return False
    await rows.execute(
        insert(webhooks)
        .values(id=webhook_id, person_id=person_id, url=url, events=list(events))
        .on_conflict_do_nothing()
    )
    return True


async def delete(rows: Rows, webhook_id: UUID, person_id: UUID) -> bool:
    """Deletes a person's webhook and its deliveries. False when there is none."""
    gone = await rows.execute(
        sa.delete(webhooks)
        .where(webhooks.c.id == webhook_id, webhooks.c.person_id == person_id)
        .returning(webhooks.c.id)
    )
    if gone.first() is None:
        return False
    await rows.execute(sa.delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == webhook_id))
    return True


def deliveries_of(webhook_id: UUID) -> sa.Select[Any]:
    """Selects the deliveries of a webhook. One that has been open for a day counts as failed: its message is dead."""
    of = webhook_deliveries.c
    state = sa.case((_is_given_up(), "failed"), else_=of.state).label("state")
    shown = (of.id, of.event, of.job_id, of.tries, of.status, of.error, of.created_at, of.tried_at)
    return sa.select(*shown, state).where(of.webhook_id == webhook_id)


async def of_persons(unit: Unit, persons: Collection[UUID]) -> Sequence[Row[Any]]:
    """Reads the webhooks of some persons that are not disabled: id, person_id, events."""
    statement = (
        sa.select(webhooks.c.id, webhooks.c.person_id, webhooks.c.events)
        .where(webhooks.c.person_id.in_(persons), webhooks.c.disabled_at.is_(None))
        .order_by(webhooks.c.id)
    )
    return (await unit.execute(statement)).all()


async def add_deliveries(unit: Unit, due: Sequence[WebhookDue]) -> None:
    """Adds rows for due deliveries, which the webhook's owner can list."""
    rows = [
        {
            "id": each.delivery_id,
            "webhook_id": each.webhook_id,
            "person_id": each.person_id,
            "event": each.event,
            "job_id": each.job_id,
        }
        for each in sorted(due, key=lambda each: each.delivery_id)
    ]
    await unit.execute(insert(webhook_deliveries).values(rows).on_conflict_do_nothing())


async def close_delivery(unit: Unit, delivery_id: UUID, state: str, status: int | None) -> None:
    """Writes how a delivery ended; `status` is None if no call was made."""
    values: dict[str, Any] = {"state": state}
    if status is not None:
        values |= {
            "status": status,
            "error": None,
            "tries": webhook_deliveries.c.tries + 1,
            "tried_at": sa.func.now(),
        }
    await unit.execute(_delivery(delivery_id).values(values))


async def disable(unit: Unit, webhook_id: UUID) -> None:
    """Disables a webhook, which is not called any more."""
    await unit.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id).values(disabled_at=sa.func.now()))


def _is_given_up() -> sa.ColumnElement[bool]:
    of = webhook_deliveries.c
    return sa.and_(of.state == "pending", of.created_at < sa.func.now() - _GIVEN_UP_AFTER)


def _delivery(delivery_id: UUID) -> sa.Update:
    return sa.update(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
