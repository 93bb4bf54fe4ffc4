"""Hands notifications over to channels, and keeps how each delivery went: one row a notification and channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis.handler import Acts, Rows
from chassis.message.envelope import derived_id
from chassis.storage.statement import constant
from contracts.notify import DeliverNotification
from notify.notifications import log
from notify.notifications.channels import store as channels
from notify.notifications.channels.channel import Ended, State
from notify.notifications.channels.store import ChannelRef
from notify.notifications.channels.tables import deliveries
from notify.notifications.decide import Reason, rule_of

Mode = Literal["all", "first"]
#: how long a channel has to be confirmed until the next one is tried as well, with `first`
CONFIRMED_WITHIN = timedelta(minutes=10)
#: how long a notification makes sense that does not say so
LIVES = timedelta(hours=24)
_OF = deliveries.c
_STATES: Mapping[str, State] = {"refused": "failed", "gone": "failed", "lost": "unknown"}
#: ends after which the next channel is tried at once
_NEXT = frozenset({"failed", "refused", "gone", "skipped"})
_REASONS: frozenset[str] = frozenset(get_args(Reason))


_SHOWN = constant(
    sa.select(deliveries)
    .where(_OF.notification_id == sa.any_(sa.bindparam("notifications", type_=ARRAY(_OF.notification_id.type))))
    .order_by(_OF.position, _OF.channel_id)
)


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
    unit: Acts,
    notification: Outgoing,
    to: Sequence[ChannelRef],
    mode: Mode = "all",
) -> None:
    """Lets a notification go out on channels, once on each however often this is called.

    With `first` it goes to the first one; to each next one as soon as those before have failed, or 10 minutes after the
    one before unless a channel was confirmed.
    """
    for number, row_id in enumerate(await write(unit, notification, to, mode)):
        message = DeliverNotification(delivery_id=row_id)
        if mode == "all" or number == 0:
            unit.emit(message, about=notification.person_id)
        else:
            unit.schedule(f"deliver {row_id}", CONFIRMED_WITHIN * number, message, about=notification.person_id)


async def write(
    rows: Rows,
    notification: Outgoing,
    to: Sequence[ChannelRef],
    mode: Mode = "all",
    *,
    purpose: str = "notification",
    addressee: bytes | None = None,
) -> Sequence[UUID]:
    """Writes the deliveries of a notification; returns the ids of those that were not there before, in their order.

    `addressee`: by what the address of a code is known whoever names it.
    """
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
            "addressee": addressee,
            "type": notification.type,
            "mode": mode,
            "position": position,
            "urgent": notification.urgent,
            "stale_at": notification.stale_at or sa.func.now() + LIVES,
        }
        for position, each in enumerate(to)
    ]
    made = insert(deliveries).values(values).on_conflict_do_nothing().returning(_OF.position, _OF.id)
    return [row.id for row in sorted((await rows.execute(made)).all(), key=lambda row: row.position)]


async def of_notifications(rows: Rows, ids: Collection[UUID]) -> Mapping[UUID, Sequence[DeliveryShown]]:
    """Returns how some notifications fared on their channels, in the order of the channels."""
    found: defaultdict[UUID, list[DeliveryShown]] = defaultdict(list)
    for row in await rows.execute(_SHOWN, {"notifications": [*ids]}):
        found[row.notification_id].append(DeliveryShown(row.channel_id, row.kind, row.state, row.at))
    return found


async def skip(rows: Rows, notification_ids: Collection[UUID], reason: Reason) -> None:
    """Skips what of some notifications is still pending, and says so in the log. A delivery that has begun goes on."""
    pending = sa.and_(_OF.notification_id.in_(notification_ids), _OF.state == "pending")
    skipped = sa.update(deliveries).where(pending).values(state="skipped", reason=reason, at=sa.func.now())
    for row in (await rows.execute(skipped.returning(deliveries))).all():
        await record_outcome(rows, row, Ended("skipped", reason))


async def take_back(rows: Rows, row_id: UUID) -> None:
    """Takes back a delivery that was not made, so that its notification can be handed over once more."""
    await rows.execute(sa.delete(deliveries).where(_OF.id == row_id, _OF.state == "pending"))


async def record_outcome(rows: Rows, row: Row[Any], ended: Ended) -> None:
    """Says in the log of decisions why a notification did not surely arrive on a channel.

    What a channel did not take has the reason `channel-gone` there; its delivery says more.
    """
    if row.purpose != "notification" or ended.ending in ("sent", "confirmed"):
        return
    reason: Reason = ended.reason if ended.reason in _REASONS else "channel-gone"  # type: ignore[assignment]
    rule = rule_of(reason)
    entry = log.Entry(row.person_id, row.notification_id, row.type, row.kind, "drop", reason, rule)
    await log.record(rows, [entry])


async def confirm(rows: Rows, row_id: UUID, notification_id: UUID, mode: str) -> None:
    """Notes that a delivery has surely arrived. With `first` no further channel is tried."""
    arrived = sa.and_(_OF.id == row_id, _OF.state.in_(("pending", "sent", "unknown")))
    values = {"state": "confirmed", "at": sa.func.now(), "receipt_at": None}
    await rows.execute(sa.update(deliveries).where(arrived).values(values))
    if mode == "first":
        await skip(rows, [notification_id], "first-channel-confirmed")


async def settle(unit: Acts, row: Row[Any], ended: Ended, *, receipt_after: timedelta | None = None) -> None:
    """Writes how a delivery ended, what that says of its channel, and begins the next channel where one is due.

    `receipt_after`: when the receipt of its ticket is asked for.
    """
    state = _STATES.get(ended.ending, ended.ending)
    values: dict[str, Any] = {"state": state, "reason": ended.reason, "ticket": ended.ticket, "at": sa.func.now()}
    if ended.ticket is not None and receipt_after is not None:
        values["receipt_at"] = sa.func.now() + receipt_after
    open_ = sa.and_(_OF.id == row.id, _OF.state.in_(("pending", "skipped")))  # it may have begun before it was skipped
    if (await unit.execute(sa.update(deliveries).where(open_).values(values).returning(_OF.id))).first() is not None:
        await record_outcome(unit, row, ended)
    if ended.ending in ("sent", "confirmed"):
        await channels.note_ok(unit, row.channel_id)
    elif ended.ending in ("refused", "lost"):
        await channels.note_refusal(unit, row.channel_id)
    elif ended.ending == "gone":
        await channels.end(unit, row.channel_id)
    if row.mode != "first":
        return
    if ended.ending == "confirmed":
        await skip(unit, [row.notification_id], "first-channel-confirmed")
    elif ended.ending in _NEXT:
        await _begin_next(unit, row)


async def _begin_next(unit: Acts, row: Row[Any]) -> None:
    following = sa.select(_OF.id).where(
        _OF.notification_id == row.notification_id,
        _OF.position == row.position + 1,
        _OF.state == "pending",
        _OF.message_id.is_(None),
    )
    found = (await unit.execute(following)).scalar_one_or_none()
    if found is not None:
        unit.emit(DeliverNotification(delivery_id=found), about=row.person_id)
