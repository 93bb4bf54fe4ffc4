"""Defines the tables of notify, as the code knows them. The migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.storage.tables import NOW, TIME, delivery_tables

METADATA = sa.MetaData()
delivery_tables(METADATA)

notifications = sa.Table(
    "notifications",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("scheduled_time", TIME, nullable=False, server_default=NOW),
    sa.Column("delivered", sa.Boolean, nullable=False),
    sa.Column("read_at", TIME),
    sa.Index("notifications_person", "person_id", "id"),
)

webhooks = sa.Table(
    "webhooks",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("events", ARRAY(sa.Text), nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("disabled_at", TIME),  # since then nothing is sent
    sa.Index("webhooks_person", "person_id", "id"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("webhook_id", UUID(), nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("job_id", UUID(), nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="pending"),  # pending | delivered | failed | dropped
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("status", sa.Integer),  # of the last answer
    sa.Column("error", sa.Text),  # why there was none
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("tried_at", TIME),
    sa.Index("webhook_deliveries_webhook", "webhook_id", "id"),
    sa.Index("webhook_deliveries_person", "person_id"),
)
