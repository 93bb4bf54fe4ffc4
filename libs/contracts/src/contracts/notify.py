"""Defines the messages of notify."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict
from pydantic.config import JsonDict

from contracts.base import Event
from contracts.gateway import WebhookEvent

_EXAMPLE: JsonDict = {
    "notification_id": "018f6a1e-0000-7000-8000-000000000003",
    "person_id": "018f6a1e-0000-7000-8000-000000000002",
}


class NotificationRead(Event):
    """A notification was read by the person it is about."""

    type = "notification.read"
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    notification_id: UUID
    person_id: UUID


_WEBHOOK: JsonDict = {
    "webhook_id": "018f6a1e-0000-7000-8000-000000000005",
    "person_id": "018f6a1e-0000-7000-8000-000000000002",
}


class WebhookCreated(Event):
    """A webhook was made."""

    type = "webhook.created"
    public_fields = ("webhook_id",)
    model_config = ConfigDict(json_schema_extra={"examples": [_WEBHOOK]})

    webhook_id: UUID
    person_id: UUID


class WebhookDeleted(Event):
    """A webhook was deleted."""

    type = "webhook.deleted"
    model_config = ConfigDict(json_schema_extra={"examples": [_WEBHOOK]})

    webhook_id: UUID
    person_id: UUID


class WebhookDue(Event):
    """A call of one webhook about one event is due. Notify publishes this to itself: each delivery has its own tries.

    The delivery may go on for hours after its job has ended. `problem` is the type of the problem of a failed job.
    """

    type = "webhook.due"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    **_WEBHOOK,
                    "delivery_id": "018f6a1e-0000-7000-8000-000000000006",
                    "event": "job.failed",
                    "job_id": "018f6a1e-0000-7000-8000-000000000001",
                    "kind": "attempt",
                    "finished_at": "2026-11-20T10:00:00Z",
                    "problem": "/problems/deadline-passed",
                }
            ]
        }
    )

    delivery_id: UUID
    webhook_id: UUID
    person_id: UUID
    event: WebhookEvent
    job_id: UUID
    kind: str
    finished_at: datetime
    problem: str | None = None


class NotificationDue(Event):
    """Something that waits of a person's notifications is due. A timer of notify publishes this to notify itself."""

    type = "notification.due"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{"person_id": _EXAMPLE["person_id"]}]})

    person_id: UUID


class DeliverNotification(Event):
    """One notification is due on one channel. Notify publishes this to itself: each delivery has its own tries.

    It holds nothing of a person: text and address are read when it is delivered.
    """

    type = "notification.deliver"
    job_scoped = False
    model_config = ConfigDict(json_schema_extra={"examples": [{"delivery_id": "018f6a1e-0000-7000-8000-000000000008"}]})

    delivery_id: UUID


class ReminderDue(Event):
    """A reminder of one person is due, which was planned for `at`. A timer of notify publishes this to notify itself.

    It holds only where the reminder is planned for that moment still.
    """

    type = "reminder.due"
    job_scoped = False
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"person_id": _EXAMPLE["person_id"], "reminder": "daily_reminder", "at": "2026-11-20T18:00:00Z"}
            ]
        }
    )

    person_id: UUID
    reminder: Literal["daily_reminder", "streak_at_risk", "review_due"]
    at: datetime
