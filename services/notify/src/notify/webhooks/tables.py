"""Defines the tables of webhooks, as the code knows them. A migration creates them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from chassis.storage.tables import NOW, OURS, TIME
from notify.tables import METADATA

webhooks = sa.Table(
    "webhooks",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("events", ARRAY(sa.Text), nullable=False, info=OURS),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("disabled_at", TIME),  # not called since then
    sa.Index("webhooks_person", "person_id", "id"),
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("webhook_id", UUID(), nullable=False),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("event", sa.Text, nullable=False, info=OURS),
    sa.Column("job_id", UUID(), nullable=False),
    # pending | delivered | failed | dropped
    sa.Column("state", sa.Text, nullable=False, server_default="pending", info=OURS),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("status", sa.Integer),  # status of the last answer
    sa.Column("error", sa.Text),  # why there was no answer
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("tried_at", TIME),
    sa.Index("webhook_deliveries_webhook", "webhook_id", "id"),
    sa.Index("webhook_deliveries_person", "person_id"),
)
