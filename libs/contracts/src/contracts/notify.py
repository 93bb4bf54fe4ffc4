"""What notify says."""

from __future__ import annotations

from uuid import UUID

from pydantic import ConfigDict
from pydantic.config import JsonDict

from contracts.base import Event

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
