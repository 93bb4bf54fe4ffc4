"""Serves notifications to the person they are for, who may plan some of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.storage.person_lock import lock_people
from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.patch import Patch
from chassis.web.problems import ProblemError, ProblemType, invalid, not_found
from chassis.web.routes import Routes
from chassis.web.rows import lock_row, read_row
from chassis.web.unit import WriteUnit
from notify.notifications import deliveries, log, store
from notify.notifications.deps import NoticeDeps
from notify.notifications.ground import ground_of
from notify.notifications.log import Entry
from notify.notifications.people import now_of
from notify.notifications.pipeline import plan, tell_due
from notify.notifications.schemas import (
    FURTHEST,
    ChannelDelivery,
    NotificationChanges,
    NotificationFields,
    NotificationOut,
    ReadOut,
)
from notify.notifications.wanted import IN_APP

routes = Routes("notifications")

TOO_MANY_SCHEDULED = ProblemType(
    name="too-many-scheduled",
    status=409,
    title="Too many notifications wait",
    detail=f"Delete one: {store.MOST_WAITING} are the most.",
)
NOT_SCHEDULED = ProblemType(
    name="not-scheduled",
    status=409,
    title="The notification does not wait any more",
    detail="Only what one has planned oneself, and what was not sent yet, can be changed or deleted.",
)


class NotificationQuery(ListQuery):
    """Asks for a page of notifications."""

    sort: Annotated[Literal["-id", "id"], Field(description="`-id`: newest first.")] = "-id"
    state: Annotated[
        Literal["scheduled", "delivered", "unread"] | None,
        Field(description="`scheduled`: what waits; `delivered`: what was shown; `unread`: what of it was not read."),
    ] = None


@routes.get("/notifications", access=("own",))
async def list_notifications(query: NotificationQuery, call: Call) -> Listed[NotificationOut]:
    """Lists one's own notifications, newest first."""
    page = listing(store.of_person(call.caller), query, filters=store.FILTERS, sorts=store.SORTS)
    found = await read_page(call.rows, page, query, _shown)
    return Listed(items=await _with_channels(call.rows, found.items), next_cursor=found.next_cursor)


@routes.get("/notifications/{id}", access=("own",))
async def read_notification(id: UUID, call: Call) -> NotificationOut:
    """Shows a notification of one's own."""
    return await _read(call.rows, id, call.caller)


@routes.post(
    "/notifications",
    access=("own",),
    replay=read_notification,
    problems=(TOO_MANY_SCHEDULED,),
    emits=False,
)
async def schedule_notification(body: NotificationFields, call: Call[NoticeDeps]) -> NotificationOut:
    """Plans a notification to oneself, or sends it at once. At most 50 wait at a time, for a year at most."""
    async with call.unit() as unit:
        ground = await ground_of(unit, call.deps.consents, [call.caller])
        send_at = _in_time(body.send_at, ground.now) if body.send_at is not None else ground.now
        if await store.count_waiting(unit, call.caller) >= store.MOST_WAITING:
            raise ProblemError(TOO_MANY_SCHEDULED)
        values = {
            "type": body.type,
            "title": body.title,
            "body": body.body,
            "urgent": body.urgent,
            "kinds": body.channels,
            "scheduled_time": send_at,
            "deliver_at": send_at,
        }
        row = await store.add_own(unit, call.id, call.caller, values)
        if body.send_at is not None:
            await plan(unit, [call.caller])
            return _shown(row)
        await tell_due(unit, ground)
        return await _read(unit, call.id, call.caller)


@routes.patch("/notifications/{id}", access=("own",), replay=read_notification, problems=(NOT_SCHEDULED,), emits=False)
async def change_notification(id: UUID, patch: Patch[NotificationChanges], call: Call) -> NotificationOut:
    """Changes a notification of one's own while it waits."""
    async with call.unit() as unit:
        row = await _lock(unit, id, call)
        current = NotificationChanges.model_construct(title=row.title, body=row.body, send_at=row.scheduled_time)
        changes = patch.changes(current)
        if "send_at" in changes:
            changes["scheduled_time"] = _in_time(changes.pop("send_at"), await now_of(unit))
            changes["deliver_at"] = changes["scheduled_time"]
        if not changes:
            return _shown(row)
        row = await store.edit(unit, id, changes)
        await plan(unit, [call.caller])
        return _shown(row)


@routes.delete("/notifications/{id}", access=("own",), problems=(NOT_SCHEDULED,), emits=False)
async def delete_notification(id: UUID, call: Call) -> None:
    """Deletes a notification of one's own while it waits."""
    async with call.unit() as unit:
        row = await _lock(unit, id, call)
        await store.delete(unit, id)
        await log.record(unit, [Entry(call.caller, id, row.type, IN_APP, "drop", "cancelled", "already")])
        await plan(unit, [call.caller])


@routes.post("/notifications/{id}/read", access=("own",), status=200, replay=read_notification, emits=False)
async def mark_notification_read(id: UUID, call: Call) -> NotificationOut:
    """Marks a notification as read. Marking it again changes nothing: the first time counts."""
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])  # before the rows, as whoever delivers or puts off
        row = await store.mark_read(unit, id, call.caller)
        if row is None:
            raise not_found()
        unit.ring(call.caller)
        [shown] = await _with_channels(unit, [_shown(row)])
        if any(delivery.state == "pending" for delivery in shown.channels):
            await deliveries.skip(unit, [id], "already-done")
            [shown] = await _with_channels(unit, [_shown(row)])
        return shown


async def _none_again(id: UUID | None, call: Call) -> ReadOut:
    return ReadOut(read=0)


@routes.post("/notifications/read-all", access=("own",), status=200, replay=_none_again, emits=False)
async def mark_all_notifications_read(call: Call) -> ReadOut:
    """Marks all that one was shown as read, and says how many were not before."""
    async with call.unit() as unit:
        await lock_people(unit, [call.caller])
        read = await store.mark_all_read(unit, call.caller)
        await deliveries.skip(unit, read, "already-done")
        unit.ring(call.caller)
        return ReadOut(read=len(read))


async def _lock(unit: WriteUnit, id: UUID, call: Call) -> Row[Any]:
    await lock_people(unit, [call.caller])
    row = await lock_row(unit, store.one(id, call.caller), call.if_match)
    if not row.own or row.state != "scheduled":
        raise ProblemError(NOT_SCHEDULED)
    return row


def _in_time(send_at: datetime, now: datetime) -> datetime:
    if not now < send_at <= now + FURTHEST:
        raise invalid(("send_at", "must be later than now, by a year at most"))
    return send_at


async def _read(rows: Rows, id: UUID, person_id: UUID) -> NotificationOut:
    return (await _with_channels(rows, [_shown(await read_row(rows, store.one(id, person_id)))]))[0]


async def _with_channels(rows: Rows, shown: list[NotificationOut]) -> list[NotificationOut]:
    """Adds how notifications fare on their channels."""
    found = await deliveries.of_notifications(rows, [each.id for each in shown]) if shown else {}
    for each in shown:
        each.channels = [ChannelDelivery.model_validate(delivery) for delivery in found.get(each.id, ())]
        if each.state == "delivered" and any(delivery.state == "pending" for delivery in each.channels):
            each.state = "delivering"
    return shown


def _shown(row: Row[Any]) -> NotificationOut:
    return NotificationOut.model_validate({**row._mapping, "send_at": row.scheduled_time if row.own else None})
