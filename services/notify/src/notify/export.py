"""Declares what notify gives into a copy of everything about a person: notifications, webhooks and their calls."""

from __future__ import annotations

from chassis.privacy.export import Shown, export_of
from notify.notifications.tables import notifications
from notify.tables import METADATA
from notify.webhooks.tables import webhook_deliveries, webhooks

EXPORT = export_of(
    METADATA,
    tables=(
        Shown(
            table=notifications,
            about="What you were told in the application, one row a message.",
            columns={
                "id": "the message",
                "type": "its kind",
                "title": "its title",
                "body": "its text",
                "channel": "where it was shown",
                "scheduled_time": "when it was to be shown",
                "delivered": "whether it was",
                "read_at": "when you read it; null: not yet",
            },
        ),
        Shown(
            table=webhook_deliveries,
            about="Calls of your webhooks, one row for each event that one was told of.",
            columns={
                "id": "the call, the same at each try",
                "webhook_id": "the webhook",
                "event": "the event that it was told of",
                "job_id": "the job that had ended",
                "state": "pending, delivered, failed or dropped",
                "tries": "how often it was tried",
                "status": "the HTTP status of the last answer; null: there was none",
                "error": "why there was no answer; null: there was one",
                "created_at": "when it was to be called",
                "tried_at": "when it was last tried; null: not yet",
            },
        ),
        Shown(
            table=webhooks,
            about="Addresses that you have asked us to call, one row a webhook. Their secrets are stored nowhere.",
            columns={
                "id": "the webhook",
                "url": "the address that is called",
                "events": "the events that it is told of",
                "created_at": "when you made it",
                "disabled_at": "since when it is not called any more; null: it is called",
            },
        ),
    ),
)
