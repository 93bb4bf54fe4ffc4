"""Stores webhooks and their deliveries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Unit
from chassis.storage.database import Database
from chassis.storage.person_lock import lock_people
from contracts.gateway import CreateWebhook, DeleteWebhook
from contracts.notify import WebhookDue
from notify.webhooks.tables import webhook_deliveries, webhooks


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

    async def note(self, delivery_id: UUID, *, status: int | None, error: str | None, last: int) -> None:
        """Notes one more failed try; after `last` tries the delivery has failed."""
        tries = webhook_deliveries.c.tries + 1
        async with self.database.transaction() as tx:
            await tx.execute(
                _delivery(delivery_id).values(
                    tries=tries,
                    status=status,
                    error=error,
                    tried_at=sa.func.now(),
                    state=sa.case((tries >= last, "failed"), else_="pending"),
                )
            )


async def add(unit: Unit, command: CreateWebhook, most: int) -> bool:
    """Stores a webhook. False when its person has `most` of them already."""
    await lock_people(unit, [command.person_id])  # of two at once one counts after the other
    own = sa.select(sa.func.count()).select_from(webhooks).where(webhooks.c.person_id == command.person_id)
    if (await unit.execute(own)).scalar_one() >= most:
        return False
    await unit.execute(
        insert(webhooks)
        .values(id=command.webhook_id, person_id=command.person_id, url=command.url, events=list(command.events))
        .on_conflict_do_nothing()
    )
    return True


async def delete(unit: Unit, command: DeleteWebhook) -> bool:
    """Deletes a webhook of its person and what was delivered to it. False when there is none."""
    gone = await unit.execute(
        sa.delete(webhooks)
        .where(webhooks.c.id == command.webhook_id, webhooks.c.person_id == command.person_id)
        .returning(webhooks.c.id)
    )
    if gone.first() is None:
        return False
    await unit.execute(sa.delete(webhook_deliveries).where(webhook_deliveries.c.webhook_id == command.webhook_id))
    return True


async def of_persons(unit: Unit, persons: Collection[UUID]) -> Sequence[Row[Any]]:
    """Reads the webhooks of some persons that are not disabled: id, person_id, events."""
    statement = (
        sa.select(webhooks.c.id, webhooks.c.person_id, webhooks.c.events)
        .where(webhooks.c.person_id.in_(persons), webhooks.c.disabled_at.is_(None))
        .order_by(webhooks.c.id)
    )
    return (await unit.execute(statement)).all()


async def add_deliveries(unit: Unit, due: Sequence[WebhookDue]) -> None:
    """Adds rows for deliveries that are due, which the webhook's owner can list."""
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
    """Disables a webhook: no more is sent to it."""
    await unit.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id).values(disabled_at=sa.func.now()))


def _delivery(delivery_id: UUID) -> sa.Update:
    return sa.update(webhook_deliveries).where(webhook_deliveries.c.id == delivery_id)
