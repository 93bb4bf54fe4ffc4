"""Declares the views in schema `api`: the rows that a service publishes where a read joins services.

Their columns are declared only here, with Postgres's names of types, and the values of those that have a closed list.
`make check` compares them with what the owners' migrations make and with what was released, and the gateway reads by
them. A view is never altered: another shape, or one value more, is another version beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import get_args

from contracts.gateway import WebhookEvent
from contracts.speech import RefusalReason, UnsureReason, Verdict

#: the types of columns, as Postgres names them
_UUID, _TEXT, _TEXTS, _JSON, _TIME = "uuid", "text", "text[]", "jsonb", "timestamp with time zone"
_SMALL, _INTEGER, _DOUBLE, _BOOLEAN = "smallint", "integer", "double precision", "boolean"
_BYTES = "bytea"


@dataclass(frozen=True)
class View:
    """Describes a view `api.<name>`: its columns with their types. The name begins with the service that owns it.

    `values` are all that a column gives, or a part of one (`words[].verdict`); their readers refuse any other.
    `table`: the owner's table of which it shows each row about a person; None for a view of anything else, and for one
    that only the last release reads.
    """

    name: str
    columns: Mapping[str, str]
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    table: str | None = None

    @property
    def owner(self) -> str:
        """Names the service that publishes it."""
        return self.name.partition("_")[0]


TWISTERS = View(
    "content_twisters_v1", {"id": _UUID, "text": _TEXT, "language": _TEXT, "difficulty": _SMALL, "sounds": _TEXTS}
)
#: read by the last release, like `NEXT` and `ATTEMPT_NEXT_1`, which may name a deleted twister
PROGRESS = View(
    "content_progress_v1",
    {"person_id": _UUID, "sound": _TEXT, "attempts": _INTEGER, "score": _DOUBLE, "trend": _TEXT},
    table="twister_progress",
)
NEXT = View("content_next_v1", {"person_id": _UUID, "twister_id": _UUID})
ATTEMPT_NEXT = View(
    "content_attempt_next_v2",
    {"attempt_id": _UUID, "person_id": _UUID, "twister_id": _UUID},
    table="folded_attempts",
)
ATTEMPT_NEXT_1 = View("content_attempt_next_v1", ATTEMPT_NEXT.columns)
#: read by the last release, which knows four reasons of a refusal: others are given as the nearest of these
ASSESSMENTS_1 = View(
    "speech_assessments_v1",
    {
        "attempt_id": _UUID,
        "person_id": _UUID,
        "transcript": _TEXT,
        "words": _JSON,
        "scores": _JSON,
        "refusal": _JSON,
        "engine": _JSON,
        "created_at": _TIME,
    },
    {
        "refusal.reason": ("silent", "too_quiet", "clipped", "too_short"),
        "words[].verdict": ("correct", "mispronounced", "omitted", "inserted", "repeated", "unsure"),
    },
)
ASSESSMENTS = View(
    "speech_assessments_v2",
    {**ASSESSMENTS_1.columns, "findings": _TEXTS},
    {
        "refusal.reason": get_args(RefusalReason),
        "words[].verdict": get_args(Verdict),
        "words[].reason": get_args(UnsureReason),
    },
    table="assessments",
)
MEDIA = View("speech_media_v1", {"ref": _TEXT, "job_id": _UUID, "requested_at": _TIME, "deleted_at": _TIME})
FEEDBACK = View(
    "feedback_feedback_v1",
    {
        "attempt_id": _UUID,
        "person_id": _UUID,
        "summary": _TEXT,
        "tips": _JSON,
        "source": _TEXT,
        "created_at": _TIME,
    },
    table="feedback",
)
#: conversations that are kept, without a word of them: the gateway counts them
CONVERSATIONS = View(
    "feedback_conversations_v1",
    {
        "id": _UUID,
        "person_id": _UUID,
        "started_at": _TIME,
        "ended_at": _TIME,
        "expires_at": _TIME,
        "messages": _INTEGER,
    },
    table="conversation_sessions",
)
# Views of notify, which serves these rows itself: only the last release reads the views.
NOTIFICATIONS = View(
    "notify_notifications_v1",
    {
        "id": _UUID,
        "person_id": _UUID,
        "type": _TEXT,
        "title": _TEXT,
        "body": _TEXT,
        "scheduled_time": _TIME,
        "delivered": _BOOLEAN,
        "read_at": _TIME,
    },
    table="notifications",
)
WEBHOOKS = View(
    "notify_webhooks_v1",
    {"id": _UUID, "person_id": _UUID, "url": _TEXT, "events": _TEXTS, "created_at": _TIME, "disabled_at": _TIME},
    {"events[]": get_args(WebhookEvent)},
    table="webhooks",
)
WEBHOOK_DELIVERIES = View(
    "notify_webhook_deliveries_v1",
    {
        "id": _UUID,
        "webhook_id": _UUID,
        "person_id": _UUID,
        "event": _TEXT,
        "job_id": _UUID,
        "state": _TEXT,
        "tries": _INTEGER,
        "status": _INTEGER,
        "error": _TEXT,
        "created_at": _TIME,
        "tried_at": _TIME,
    },
    {"event": get_args(WebhookEvent), "state": ("pending", "delivered", "failed", "dropped")},
    table="webhook_deliveries",
)

VIEWS = (
    TWISTERS,
    PROGRESS,
    NEXT,
    ATTEMPT_NEXT,
    ATTEMPT_NEXT_1,
    ASSESSMENTS_1,
    ASSESSMENTS,
    MEDIA,
    FEEDBACK,
    CONVERSATIONS,
    NOTIFICATIONS,
    WEBHOOKS,
    WEBHOOK_DELIVERIES,
)


def open_of(service: str) -> View:
    """Describes the view of the jobs for which a service has open work; every service publishes one."""
    return View(f"{service}_open_v1", {"job_id": _UUID, "since": _TIME})


def dead_letters_of(service: str) -> View:
    """Describes the view of a service's dead letters, bodies as they came: personal fields are ciphertext."""
    return View(
        f"{service}_dead_letters_v1",
        {
            "consumer": _TEXT,
            "id": _UUID,
            "job_id": _UUID,
            "headers": _JSON,
            "body": _BYTES,
            "tries": _INTEGER,
            "problem": _JSON,
            "failures": _JSON,
            "original": _JSON,
            "died_at": _TIME,
            "expired": _BOOLEAN,
        },
    )
