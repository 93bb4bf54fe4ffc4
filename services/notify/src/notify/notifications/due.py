"""Reads what is to be delivered, and decides once more on what comes late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.privacy.consents import Consents
from chassis.storage.database import Database
from notify.notifications import log
from notify.notifications.channels.tables import channels, deliveries
from notify.notifications.decide import Decision, Notice
from notify.notifications.ground import ground_of
from notify.notifications.tables import notifications

#: how long after the hand-over a first try goes by what was decided then
_SOON = sa.text("interval '1 minute'")
_OF = deliveries.c
_OTHER = deliveries.alias().c


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """Reads what is due and notes each failed try, outside the unit of the delivery."""

    database: Database
    consents: Consents

    async def begin(self, row_id: UUID, message_id: UUID) -> Row[Any] | None:
        """Takes a delivery for a message, and returns it with its text and channel; None where nothing is left to do.

        One message alone delivers it, whichever comes first: a timer may fire while the channel before fails.
        """
        taken = (
            sa.update(deliveries)
            .where(
                _OF.id == row_id,
                _OF.state == "pending",
                sa.or_(_OF.message_id.is_(None), _OF.message_id == message_id),
            )
            .values(message_id=message_id)
            .returning(_OF.id)
        )
        async with self.database.transaction() as tx:
            if (await tx.execute(taken)).first() is None:
                return None
            return (await tx.execute(_DUE, {"row_id": row_id})).first()

    async def note(self, row_id: UUID) -> None:
        """Notes one more failed try."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(deliveries).where(_OF.id == row_id).values(tries=_OF.tries + 1))

    async def decide_again(self, row: Row[Any]) -> Decision:
        """Decides on a delivery of which time has passed since it was handed over, and says so in the log.

        What is to be put off has no row there yet: whoever puts it off decides on the whole notification.
        """
        kinds = None if row.kinds is None else frozenset(row.kinds)
        notice = Notice(row.type, row.urgent, row.stale_at, kinds)
        async with self.database.transaction() as tx:
            ground = await ground_of(tx, self.consents, [row.person_id])
            verdict = ground.decide(
                row.person_id, row.notification_id, notice, in_app=True, read=row.read_at is not None
            )
            found = next((each for each in verdict.outside if each.channel == row.kind), None)
            if found is None:  # the type does not go to this kind of channel any more
                return Decision(row.kind, "drop", "type-off", "type")
            if found.choice == "send":
                await log.record(tx, [log.entry_of(row.person_id, row.notification_id, row.type, found)])
            return found


_DUE = (
    sa.select(
        deliveries,
        (_OF.stale_at <= sa.func.now()).label("is_stale"),
        # what was decided at the hand-over may not hold any more
        sa.or_(_OF.position > 0, _OF.tries > 0, _OF.created_at < sa.func.now() - _SOON).label("is_late"),
        sa.exists()
        .where(_OTHER.notification_id == _OF.notification_id, _OTHER.state == "confirmed")
        .label("is_confirmed"),
        channels.c.state.label("channel_state"),
        channels.c.target,
        channels.c.code_round,
        notifications.c.title,
        notifications.c.body,
        notifications.c.link,
        notifications.c.read_at,
        notifications.c.kinds,
        notifications.c.state.label("told_state"),
        notifications.c.id.label("told_id"),
    )
    .outerjoin(channels, channels.c.id == _OF.channel_id)
    .outerjoin(notifications, notifications.c.id == _OF.notification_id)
    .where(_OF.id == sa.bindparam("row_id"))
)
