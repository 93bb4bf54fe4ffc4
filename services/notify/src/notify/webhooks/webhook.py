"""Defines webhooks and their deliveries as their owner writes and sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from chassis.web.validation import Input
from contracts.gateway import WebhookEvent

#: webhooks that one person may have
MOST = 10
_EXAMPLE: dict[str, Any] = {
    "id": "018f6a1e-0000-7000-8000-000000000005",
    "url": "https://example.org/voxbus",
    "events": ["job.succeeded", "job.failed"],
    "created_at": "2026-11-20T10:00:00Z",
    "disabled_at": None,
}
_SECRET = "whsec_T2ggd2hhdCBhIHNlY3JldCB0aGlzIGlzLCB0cnVseSE="  # noqa: S105  of the documentation


def _example(value: dict[str, Any]) -> ConfigDict:
    return ConfigDict(from_attributes=True, json_schema_extra={"examples": [value]})


def web_address(value: str) -> str:
    """Checks the form of a URL; `ssrf` checks its addresses."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http") or not value.isascii() or not value.isprintable():
        raise ValueError("must be an https:// address")
    if "@" in parts.netloc or parts.fragment or " " in value:
        raise ValueError("must hold no user, no fragment and no spaces")
    return value


def _each_once(events: list[WebhookEvent]) -> list[WebhookEvent]:
    if len(set(events)) != len(events):
        raise ValueError("must name each event once")
    return events


class WebhookFields(Input):
    """Holds the fields of a new webhook: `events` are sent to `url`, which must be https with a public address."""

    model_config = _example({"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]})

    url: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(web_address)]
    events: Annotated[list[WebhookEvent], Field(min_length=1, max_length=3), AfterValidator(_each_once)]


class WebhookOut(BaseModel):
    """Shows a webhook. `disabled_at`: nothing has been sent since then, because the URL answered with 410."""

    model_config = _example(_EXAMPLE)

    id: UUID
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    disabled_at: datetime | None


class WebhookMadeOut(WebhookOut):
    """Shows a new webhook. `secret` is shown only now; it checks signatures as Standard Webhooks 1.0 says."""

    model_config = _example({**_EXAMPLE, "secret": _SECRET})

    secret: str


class EndedJob(BaseModel):
    """Tells which job has ended, and the type of its problem if it has failed; nothing about the person."""

    job_id: UUID
    kind: str = Field(json_schema_extra={"x-enum": "JobKind"})
    problem: str | None = Field(default=None, json_schema_extra={"x-enum": "ProblemType"})


class WebhookCall(BaseModel):
    """Carries an event to a webhook. Read the job, or what it has made, for more."""

    model_config = _example(
        {
            "type": "job.failed",
            "timestamp": "2026-11-20T10:00:03Z",
            "data": {
                "job_id": "018f6a1e-0000-7000-8000-000000000007",
                "kind": "attempt",
                "problem": "/problems/recording-too-long",
            },
        }
    )

    type: WebhookEvent
    timestamp: datetime
    data: EndedJob


class DeliveryOut(BaseModel):
    """Shows the delivery of one event: `status` of the last answer, or `error` if there was no answer.

    `pending`: it is tried again, 15 times within 6 hours, or later as Retry-After asks. `dropped`: the webhook was
    deleted or disabled before.
    """

    model_config = _example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000006",
            "event": "job.succeeded",
            "job_id": "018f6a1e-0000-7000-8000-000000000007",
            "state": "delivered",
            "tries": 1,
            "status": 204,
            "error": None,
            "created_at": "2026-11-20T10:00:03Z",
            "tried_at": "2026-11-20T10:00:03.1Z",
        }
    )

    id: UUID
    event: WebhookEvent
    job_id: UUID
    state: Literal["pending", "delivered", "failed", "dropped"]
    tries: int
    status: int | None
    error: str | None
    created_at: datetime
    tried_at: datetime | None
