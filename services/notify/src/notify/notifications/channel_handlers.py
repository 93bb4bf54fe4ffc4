"""Delivers notifications on the channels of their person, and keeps the account's own address as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Row

from chassis.delivery.effects import UNKNOWN
from chassis.errors import DependencyDown, Erased, Permanent, Retryable, VoxbusError
from chassis.handler import Backoff, Unit, handles
from chassis.message.envelope import derived_id
from chassis.observe.metrics import NOTIFICATIONS
from chassis.privacy.outside import NotAllowed
from chassis.storage.person_lock import lock_people
from contracts.base import Json
from contracts.gateway import PersonChanged
from contracts.notify import DeliverNotification
from notify.notifications import deliveries
from notify.notifications.channels import email, store
from notify.notifications.channels.channel import Channel, Ended, NoTarget, Target, Told
from notify.notifications.channels.deps import ChannelDeps
from notify.notifications.channels.store import NewChannel
from notify.notifications.due import DeliveryStore
from notify.notifications.ground import ground_of
from notify.notifications.people import changed_at, keep_people
from notify.notifications.pipeline import put_off

#: 5 s, 10 s, 20 s … and at last every hour
DELIVERY_RETRY = Backoff(attempts=14, first=5.0, cap=3600.0)
#: failed tries after which a delivery has failed; the pipeline itself would make it a dead letter one later
_MOST_TRIES = DELIVERY_RETRY.attempts - 1
_CODE = "Confirm your address"
_CODE_TEXT = "Someone, probably you, wants to be told something by Voxbus at this address. The code is:\n\n{code}\n\n"
_CODE_TEXT += "It is good for half an hour. If it was not you, do nothing: nothing more will come."
_SENT = Ended("sent").as_result()
_TEST, _TEST_TEXT = "A test from Voxbus", "What Voxbus tells you arrives here."


class _PutOff(Retryable):
    """Says that a delivery has to wait: no call was made."""


@dataclass(frozen=True, kw_only=True)
class DeliveryDeps(ChannelDeps):
    """Adds what reads deliveries."""

    deliveries: DeliveryStore
    receipt_after: timedelta = timedelta(minutes=15)


@handles(DeliverNotification, slots=64, timeout=150, retry=DELIVERY_RETRY, live_only=True)
async def deliver_notification(due: DeliverNotification, deps: DeliveryDeps) -> None:
    """Delivers one notification on one channel. Whatever comes of it is in its row: none becomes a dead letter.

    What comes late is decided on once more. If it has to wait then, its notification does, and is handed over anew.
    """
    row = await deps.deliveries.begin(due.delivery_id, deps.effects.message_id)
    if row is None:
        return
    reason = _needless(row)
    try:
        ended = Ended("skipped", reason) if reason else await _deliver(row, deps)
    except _PutOff:
        async with deps.unit() as unit:
            await _put_off(unit, row, deps)
        return
    async with deps.unit() as unit:
        await deliveries.settle(unit, row, ended, receipt_after=deps.receipt_after)
    NOTIFICATIONS.labels(row.kind, ended.ending).inc()


@handles(PersonChanged, batch=100)
async def follow_address(events: Sequence[PersonChanged], deps: DeliveryDeps, unit: Unit) -> None:
    """Keeps the account's verified address as a channel, and ends the one before.

    What is older than the latest that came changes nothing, also where that left no channel to tell so.
    """
    ids = {event.person_id for event in events}
    await lock_people(unit, ids)
    await keep_people(unit, events)
    latest = await changed_at(unit, ids)
    for event in events:
        if event.at >= latest[event.person_id]:
            await store.follow_account(unit, event.person_id, event.at, await _of_account(event, deps))


async def _of_account(event: PersonChanged, deps: DeliveryDeps) -> NewChannel | None:
    """Makes the channel of an account's address; None where there is none that was verified."""
    channel = deps.channels.get(email.KIND)
    if channel is None or event.email is None or not event.email_verified:
        return None
    person, id_ = event.person_id, derived_id(event.person_id, "channel", event.at.isoformat(), 0)
    try:
        target = channel.target(event.email)
        sealed = await deps.sealing.seal(person, id_, target)
    except (NoTarget, Erased):
        return None
    prints = deps.sealing.fingerprints(person, email.KIND, channel.key(target))
    label = channel.label(target)
    return NewChannel(id_, person, email.KIND, label, "active", sealed, prints, event.at)


def _needless(row: Row[Any]) -> str | None:
    """Returns why a delivery is not made any more; None if it is."""
    if row.channel_state is None or row.channel_state == "gone":
        return "channel-gone"
    if row.is_stale:
        return "too-late"
    if row.purpose != "notification":
        return None
    if row.channel_state != "active":
        return "channel-gone"
    if row.told_id is None or row.told_state in ("dropped", "cancelled"):
        return "cancelled"
    if row.mode == "first" and row.is_confirmed:
        return "first-channel-confirmed"
    return None if row.read_at is None else "already-done"


async def _put_off(unit: Unit, row: Row[Any], deps: DeliveryDeps) -> None:
    ground = await ground_of(unit, deps.deliveries.consents, [row.person_id])
    await deliveries.take_back(unit, row.id)
    await put_off(unit, ground, row.notification_id)


async def _deliver(row: Row[Any], deps: DeliveryDeps) -> Ended:
    channel = deps.channels.get(row.kind)
    if channel is None:
        return Ended("failed", "channel-gone")  # it is not set up any more
    try:
        target = await deps.sealing.open(row.person_id, row.channel_id, row.target)
    except Erased:
        return Ended("skipped", "channel-gone")
    if deps.effects.tries > _MOST_TRIES:  # the process died in the last one
        return Ended("unknown", "unknown-outcome")
    told = _told(row, deps)
    try:
        with deps.lanes.place(row.person_id, channel.lane(target)):
            made = partial(_call, channel, row, target, deps)
            return Ended.of_result(await deps.effects.once("deliver", made, channel.rule(told), as_if=_SENT))
    except Permanent as error:
        if error.problem.type != UNKNOWN.type:
            raise
        return Ended("unknown", "unknown-outcome")


async def _call(channel: Channel, row: Row[Any], target: Target, deps: DeliveryDeps) -> Json:
    """Makes one call. The last try that fails is a result; and so is that it is not to be made any more.

    What comes late is decided on here, where no call of an earlier try is without a known end.
    """
    if row.is_late and row.purpose == "notification":
        decided = await deps.deliveries.decide_again(row)
        if decided.choice == "defer":
            raise _PutOff("quiet hours")
        if decided.choice == "drop":
            return Ended("skipped", decided.reason).as_result()
    may_begin = deps.outside.may_begin(row.person_id, "notify", channel.recipient)
    try:
        return (await channel.deliver(_told(row, deps), target, may_begin=may_begin)).as_result()
    except NotAllowed:
        return Ended("skipped", "no-consent").as_result()
    except DependencyDown:
        raise
    except VoxbusError as error:
        await deps.deliveries.note(row.id)
        if deps.effects.tries < _MOST_TRIES:
            raise
        return channel.given_up(surely=isinstance(error, Retryable)).as_result()


def _told(row: Row[Any], deps: DeliveryDeps) -> Told:
    title, body, link = row.title, row.body, row.link
    if row.purpose == "code":
        title, body = _CODE, _CODE_TEXT.format(code=deps.sealing.code(row.channel_id, row.code_round))
    elif row.purpose == "test":
        title, body = _TEST, _TEST_TEXT
    return Told(
        id=row.notification_id,
        delivery_id=row.id,
        channel_id=row.channel_id,
        person_id=row.person_id,
        type=row.type,
        title=title,
        body=body,
        link=link,
        at=row.created_at,
        urgent=row.urgent,
        stale_at=row.stale_at,
    )
