"""Defines what people send and see about decisions on notifications: previews, and what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chassis.web.fields import Moment
from chassis.web.validation import Input
from notify.notifications.decide import Choice, Reason
from notify.notifications.schemas import QuietHoursFields, TimeZone, within_reach
from notify.notifications.wanted import Type


class PreviewFields(Input):
    """Asks what would become of a notification at a time. What is left out is as it is set."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "daily_reminder",
                    "at": "2026-12-01T23:30:00+01:00",
                    "quiet_hours": {"start": "22:00", "end": "07:00"},
                    "time_zone": "Europe/Berlin",
                }
            ]
        }
    )

    type: Type
    at: Annotated[Moment, AfterValidator(within_reach)]
    urgent: Annotated[bool, Field(strict=True)] = False
    quiet_hours: QuietHoursFields | None = None
    time_zone: TimeZone | None = None


class PreviewOut(BaseModel):
    """Shows what would become of a notification, and why."""

    decision: Choice
    deliver_at: datetime | None
    reasons: list[Reason]


class NotificationDecision(BaseModel):
    """Shows a decision about one channel, why it was made, and by which rule."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "at": "2026-11-20T22:30:00Z",
                    "type": "badge",
                    "channel": "email",
                    "decision": "defer",
                    "reason": "quiet-hours",
                    "rule": "quiet_hours",
                    "deliver_at": "2026-11-21T07:00:00Z",
                }
            ]
        },
    )

    at: datetime
    type: str
    channel: str
    decision: Choice
    reason: Reason
    rule: str
    deliver_at: datetime | None


class NotificationDecisions(BaseModel):
    """Holds decisions, oldest first."""

    items: list[NotificationDecision]
