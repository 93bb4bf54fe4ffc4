"""What the other services publish for reading: versioned views in schema `api`. A missing one is a 503 there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID
from sqlalchemy.sql.expression import Executable, TableClause

from chassis.storage.database import Database

_TIME = sa.DateTime(timezone=True)


def _view(name: str, *columns: sa.ColumnClause[Any]) -> TableClause:
    return sa.table(name, *columns, schema="api")


def _id(name: str) -> sa.ColumnClause[Any]:
    return sa.column(name, UUID())


TWISTERS = _view(
    "content_twisters_v1",
    _id("id"),
    sa.column("text", sa.Text),
    sa.column("language", sa.Text),
    sa.column("difficulty", sa.Integer),
    sa.column("sounds", ARRAY(sa.Text)),
)
PROGRESS = _view(
    "content_progress_v1",
    _id("person_id"),
    sa.column("sound", sa.Text),
    sa.column("attempts", sa.Integer),
    sa.column("score", sa.Float),
    sa.column("trend", sa.Text),
)
NEXT = _view("content_next_v1", _id("person_id"), _id("twister_id"))
ATTEMPT_NEXT = _view("content_attempt_next_v1", _id("attempt_id"), _id("person_id"), _id("twister_id"))
ASSESSMENTS = _view(
    "speech_assessments_v1",
    _id("attempt_id"),
    _id("person_id"),
    sa.column("transcript", sa.Text),
    sa.column("words", JSONB),
    sa.column("scores", JSONB),
    sa.column("refusal", JSONB),
    sa.column("engine", JSONB),
    sa.column("created_at", _TIME),
)
MEDIA = _view(
    "speech_media_v1",
    sa.column("ref", sa.Text),
    _id("job_id"),
    sa.column("requested_at", _TIME),
    sa.column("deleted_at", _TIME),
)
FEEDBACK = _view(
    "feedback_feedback_v1",
    _id("attempt_id"),
    _id("person_id"),
    sa.column("summary", sa.Text),
    sa.column("tips", JSONB),
    sa.column("source", sa.Text),
    sa.column("created_at", _TIME),
)
NOTIFICATIONS = _view(
    "notify_notifications_v1",
    _id("id"),
    _id("person_id"),
    sa.column("type", sa.Text),
    sa.column("title", sa.Text),
    sa.column("body", sa.Text),
    sa.column("scheduled_time", _TIME),
    sa.column("delivered", sa.Boolean),
    sa.column("read_at", _TIME),
)
WEBHOOKS = _view(
    "notify_webhooks_v1",
    _id("id"),
    _id("person_id"),
    sa.column("url", sa.Text),
    sa.column("events", ARRAY(sa.Text)),
    sa.column("created_at", _TIME),
    sa.column("disabled_at", _TIME),
)
WEBHOOK_DELIVERIES = _view(
    "notify_webhook_deliveries_v1",
    _id("id"),
    _id("webhook_id"),
    _id("person_id"),
    sa.column("event", sa.Text),
    _id("job_id"),
    sa.column("state", sa.Text),
    sa.column("tries", sa.Integer),
    sa.column("status", sa.Integer),
    sa.column("error", sa.Text),
    sa.column("created_at", _TIME),
    sa.column("tried_at", _TIME),
)


async def rows(database: Database, statement: Executable) -> Sequence[Row[Any]]:
    """All rows of one query."""
    async with database.transaction() as tx:
        return (await tx.execute(statement)).all()


async def first(database: Database, statement: Executable) -> Row[Any] | None:
    """The first row of one query."""
    found = await rows(database, statement)
    return found[0] if found else None
