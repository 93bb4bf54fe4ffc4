"""Marks in-app notifications as read; their owner lists them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from chassis.web.problems import not_found
from chassis.web.proposal import JobAccepted, JobReference
from contracts.catalogue import NOTIFICATION_READ
from contracts.gateway import MarkNotificationRead
from gateway.edge import views
from gateway.edge.context import Ctx, PathId, SignedIn
from gateway.edge.job_requests import IdempotencyKey, busy, conflict, idempotency
from gateway.edge.openapi import problems
from gateway.edge.schemas import example
from gateway.jobs.accept import Busy, IdempotencyConflict

router = APIRouter(prefix="/notifications", tags=["notifications"])

#: seconds a quick write waits for its owner before it is left to be followed as a job
_QUICK = 2.0


class Notification(BaseModel):
    """Carries a notification. `scheduled_time`: when it was or is delivered; `read_at` is null until it is read."""

    model_config = example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000003",
            "type": "feedback_ready",
            "title": "Your feedback is ready",
            "body": "Have a look at how your last tongue twister went.",
            "scheduled_time": "2026-11-20T10:00:03Z",
            "delivered": True,
            "read_at": None,
        }
    )

    id: UUID
    type: str
    title: str
    body: str
    scheduled_time: datetime
    delivered: bool
    read_at: datetime | None


def _shape(row: Row[Any]) -> Notification:
    return Notification.model_validate(row, from_attributes=True)


def _own(person: UUID) -> sa.Select[Any]:
    return sa.select(views.NOTIFICATIONS).where(views.NOTIFICATIONS.c.person_id == person)


async def _read(database: Database, notification_id: UUID, person: UUID) -> Notification:
    row = await views.first(database, _own(person).where(views.NOTIFICATIONS.c.id == notification_id))
    if row is None:
        raise not_found()
    return _shape(row)


@router.post(
    "/{id}/read",
    response_model=Notification,
    responses={
        202: {"model": JobAccepted, "description": "Not done within 2 seconds: follow the job."},
        **problems(401, 404, 422, 503),
    },
)
async def mark_read(
    id: PathId, person: SignedIn, ctx: Ctx, response: Response, key: IdempotencyKey = None
) -> Notification | Response:
    """Marks a notification as read. Reading it twice changes nothing."""
    notification = await _read(ctx.database, id, person)
    if notification.read_at is not None:
        return notification
    try:
        accepted = await ctx.acceptance.accept(
            NOTIFICATION_READ,
            MarkNotificationRead(notification_id=id, person_id=person),
            job_id=new_id(),
            person_id=person,
            idempotency=idempotency("POST /notifications/{id}/read", key, {"id": str(id)}),
        )
    except IdempotencyConflict:
        raise conflict() from None
    except Busy as error:
        raise busy(error) from None
    if await ctx.hub.wait(accepted.job_id, _QUICK):
        notification = await _read(ctx.database, id, person)
        if notification.read_at is not None:
            return notification
    job = JobReference.model_validate(
        {"id": accepted.job_id, "kind": NOTIFICATION_READ.name, "status": accepted.status}
    )
    return Response(
        JobAccepted(job=job).model_dump_json(),
        202,
        {"Location": f"/jobs/{accepted.job_id}"},
        "application/json",
    )
