"""Defines the table of notifications, as the code knows it. A migration creates it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import NOW, OURS, TIME
from notify.tables import METADATA

notifications = sa.Table(
    "notifications",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False, info=OURS),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False, info=OURS),
    sa.Column("scheduled_time", TIME, nullable=False, server_default=NOW),
    sa.Column("delivered", sa.Boolean, nullable=False),
    sa.Column("read_at", TIME),
    sa.Index("notifications_person", "person_id", "id"),
)
