"""Defines the tables of feedback, as the code knows them. The migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from chassis.storage.tables import NOW, TIME, delivery_tables, idempotency_table, recipients_table

METADATA = sa.MetaData()
delivery_tables(METADATA)
idempotency_table(METADATA)
recipients_table(METADATA)

feedback = sa.Table(
    "feedback",
    METADATA,
    sa.Column("attempt_id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("tips", JSONB, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Index("feedback_person", "person_id"),
)
