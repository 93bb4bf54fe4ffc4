"""Hands notifications over to channels, and keeps how each delivery went: one row a notification and channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.message.envelope import derived_id
from chassis.observe.metrics import NOTIFICATIONS
from chassis.storage.database import Database
from contracts.base import Event
from contracts.notify import DeliverNotification
from notify.notifications.channels import store as channels
from notify.notifications.channels.channel import Channel, Ended, State
from notify.notifications.channels.store import ChannelRef
from notify.notifications.channels.tables import channels as channel_rows
from notify.notifications.channels.tables import deliveries
from notify.notifications.tables import notifications

Mode = Literal["all", "first"]
#: how long a channel has to be confirmed until the next one is tried as well, with `first`
CONFIRMED_WITHIN = timedelta(minutes=10)
#: how long a notification makes sense that does not say so
LIVES = timedelta(hours=24)
#: receipts that are asked for at a time
MOST_RECEIPTS = 1000
_OF = deliveries.c
_STATES: Mapping[str, State] = {"refused": "failed", "gone": "failed"}
#: ends after which the next channel is tried at once
_NEXT = frozenset({"failed", "refused", "gone", "skipped"})


class Emits(Rows, Protocol):
    """Opens a transaction that can emit, now and later, about one person."""

    def emit(self, event: Event, /) -> None:
        """Puts an event into the outbox."""

    def schedule(self, key: str, due: timedelta, message: Event, /) -> None:
        """Emits a message later."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Names a notification that goes out now. `stale_at`: when it has lost its sense; None: after `LIVES`."""

    id: UUID
    person_id: UUID
    type: str
    urgent: bool = False
    stale_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """Shows how a notification fared on a channel, and since when."""

    channel_id: UUID
    kind: str
    state: State
    at: datetime


def delivery_id(notification_id: UUID, channel_id: UUID) -> UUID:
    """Returns the id of the one delivery of a notification on a channel."""
    return derived_id(notification_id, "delivery", str(channel_id), 0)


async def hand_over(
    unit: Emits,
    notification: Outgoing,
    to: Sequence[ChannelRef],
    mode: Mode = "all",
) -> None:
    """Lets a notification go out on channels, once on each however often this is called.

    With `first` it goes to the first one; to each next one as soon as those before have failed, or 10 minutes after the
    one before unless a channel was confirmed.
    """
    for position, row_id in await write(unit, notification, to, mode):
        message = DeliverNotification(delivery_id=row_id)
        if mode == "all" or position == 0:
            unit.emit(message)
        else:
            unit.schedule(f"deliver {row_id}", CONFIRMED_WITHIN * position, message)


async def write(
    rows: Rows,
    notification: Outgoing,
    to: Sequence[ChannelRef],
    mode: Mode = "all",
    *,
    purpose: str = "notification",
) -> Sequence[tuple[int, UUID]]:
    """Writes the deliveries of a notification, and returns position and id of those that were not there before."""
    if not to:
        return []
    values = [
        {
            "id": delivery_id(notification.id, each.id),
            "notification_id": notification.id,
            "channel_id": each.id,
            "person_id": notification.person_id,
            "kind": each.kind,
            "purpose": purpose,
            "type": notification.type,
            "mode": mode,
            "position": position,
            "urgent": notification.urgent,
            "stale_at": notification.stale_at or sa.func.now() + LIVES,
        }
        for position, each in enumerate(to)
    ]
    made = insert(deliveries).values(values).on_conflict_do_nothing().returning(_OF.position, _OF.id)
    return [(row.position, row.id) for row in (await rows.execute(made)).all()]


async def of_notifications(rows: Rows, ids: Collection[UUID]) -> Mapping[UUID, Sequence[DeliveryShown]]:
    """Returns how some notifications fared on their channels, in the order of the channels."""
    wanted = sa.select(deliveries).where(_OF.notification_id.in_(ids)).order_by(_OF.position, _OF.channel_id)
    found: defaultdict[UUID, list[DeliveryShown]] = defaultdict(list)
    for row in await rows.execute(wanted):
        found[row.notification_id].append(DeliveryShown(row.channel_id, row.kind, row.state, row.at))
    return found


async def skip(rows: Rows, notification_id: UUID, reason: str) -> int:
    """Skips what of a notification is still pending, and returns how many channels that were.

    A delivery that has begun goes on. `reason` is one of the decision log.
    """
    pending = sa.and_(_OF.notification_id == notification_id, _OF.state == "pending")
    skipped = sa.update(deliveries).where(pending).values(state="skipped", reason=reason, at=sa.func.now())
    return len((await rows.execute(skipped.returning(_OF.id))).all())


async def confirm(rows: Rows, row_id: UUID, notification_id: UUID, mode: str) -> None:
    """Notes that a delivery has surely arrived. With `first` no further channel is tried."""
    arrived = sa.and_(_OF.id == row_id, _OF.state.in_(("pending", "sent", "unknown")))
    values = {"state": "confirmed", "at": sa.func.now(), "receipt_at": None}
    await rows.execute(sa.update(deliveries).where(arrived).values(values))
    if mode == "first":
        await skip(rows, notification_id, "first-channel-confirmed")


async def settle(unit: Emits, row: Row[Any], ended: Ended, *, receipt_after: timedelta | None = None) -> None:
    """Writes how a delivery ended, what that says of its channel, and begins the next channel where one is due.

    `receipt_after`: when the receipt of its ticket is asked for.
    """
    state = _STATES.get(ended.ending, ended.ending)
    values: dict[str, Any] = {"state": state, "reason": ended.reason, "ticket": ended.ticket, "at": sa.func.now()}
    if ended.ticket is not None and receipt_after is not None:
        values["receipt_at"] = sa.func.now() + receipt_after
    open_ = sa.and_(_OF.id == row.id, _OF.state.in_(("pending", "skipped")))  # it may have begun before it was skipped
    await unit.execute(sa.update(deliveries).where(open_).values(values))
    if ended.ending in ("sent", "confirmed"):
        await channels.note_ok(unit, row.channel_id)
    elif ended.ending == "refused":
        await channels.note_refusal(unit, row.channel_id)
    elif ended.ending == "gone":
        await channels.end(unit, row.channel_id)
    if row.mode != "first":
        return
    if ended.ending == "confirmed":
        await skip(unit, row.notification_id, "first-channel-confirmed")
    elif ended.ending in _NEXT:
        await _begin_next(unit, row)


async def _begin_next(unit: Emits, row: Row[Any]) -> None:
    following = sa.select(_OF.id).where(
        _OF.notification_id == row.notification_id,
        _OF.position == row.position + 1,
        _OF.state == "pending",
        _OF.message_id.is_(None),
    )
    found = (await unit.execute(following)).scalar_one_or_none()
    if found is not None:
        unit.emit(DeliverNotification(delivery_id=found))


@dataclass(frozen=True, slots=True)
class DeliveryStore:
    """Reads what is due and notes each failed try, outside the unit of the delivery."""

    database: Database

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

    async def note(self, row_id: UUID) -> int:
        """Notes one more failed try, and returns which it was, from 1."""
        tries = sa.update(deliveries).where(_OF.id == row_id).values(tries=_OF.tries + 1).returning(_OF.tries)
        async with self.database.transaction() as tx:
            return (await tx.execute(tries)).scalar_one_or_none() or 1


@dataclass(frozen=True, slots=True)
class Receipts:
    """Asks how those deliveries went of which a ticket alone is known, and writes it."""

    database: Database
    channel: Channel
    kind: str
    after: timedelta

    async def ask(self) -> int:
        """Asks for the receipts that are due, in one request, and returns for how many it asked."""
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
            await tx.execute(sa.update(deliveries).where(failed).values(values))
            if ended.ending == "gone":
                await channels.end(tx, row.channel_id)


_DUE = (
    sa.select(
        deliveries,
        (_OF.stale_at <= sa.func.now()).label("is_stale"),
        channel_rows.c.state.label("channel_state"),
        channel_rows.c.target,
        channel_rows.c.code_round,
        notifications.c.title,
        notifications.c.body,
        notifications.c.link,
        notifications.c.read_at,
        notifications.c.state.label("told_state"),
        notifications.c.id.label("told_id"),
    )
    .outerjoin(channel_rows, channel_rows.c.id == _OF.channel_id)
    .outerjoin(notifications, notifications.c.id == _OF.notification_id)
    .where(_OF.id == sa.bindparam("row_id"))
)
