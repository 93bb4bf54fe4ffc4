"""Serves in-app notifications to the person they are for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row

from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.problems import not_found
from chassis.web.routes import Routes
from notify.notifications import store

routes = Routes("notifications")


class NotificationQuery(ListQuery):
    """Asks for a page of notifications."""

    sort: Annotated[Literal["-id", "id"], Field(description="`-id`: newest first.")] = "-id"


class NotificationOut(BaseModel):
    """Shows a notification. `scheduled_time`: when it was or is delivered; `read_at` is null until it is read."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "018f6a1e-0000-7000-8000-000000000003",
                    "type": "feedback_ready",
                    "title": "Your feedback is ready",
                    "body": "See how your tongue twister went.",
                    "scheduled_time": "2026-11-20T10:00:03Z",
                    "delivered": True,
                    "read_at": None,
                }
            ]
        },
    )

    id: UUID
    type: str
    title: str
    body: str
    scheduled_time: datetime
    delivered: bool
    read_at: datetime | None


@routes.get("/notifications", access=("own",))
async def list_notifications(query: NotificationQuery, call: Call) -> Listed[NotificationOut]:
    """Lists one's own notifications, newest first."""
    page = listing(store.of_person(call.caller), query, filters={}, sorts=store.SORTS)
    return await read_page(call.rows, page, query, NotificationOut.model_validate)


async def read_notification(notification_id: UUID, call: Call) -> NotificationOut:
    """Reads a notification of the caller. Raises the 404 of a missing one."""
    return _shown(await store.read(call.rows, notification_id, call.caller))


@routes.post("/notifications/{id}/read", access=("own",), status=200, replay=read_notification, emits=False)
async def mark_notification_read(id: UUID, call: Call) -> NotificationOut:
    """Marks a notification as read. Marking it again changes nothing: the first time counts."""
    async with call.unit() as unit:
        return _shown(await store.mark_read(unit, id, call.caller))


def _shown(row: Row[Any] | None) -> NotificationOut:
    if row is None:
        raise not_found()
    return NotificationOut.model_validate(row)
