"""Serves in-app notifications to the person they are for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.web.call import Call
from chassis.web.listing import Listed, ListQuery, listing, read_page
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
