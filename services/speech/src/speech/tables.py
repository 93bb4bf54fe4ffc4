"""Defines the tables of speech, as the code knows them. The migrations create them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from chassis.storage.tables import NOW, TIME, delivery_tables

METADATA = sa.MetaData()
delivery_tables(METADATA)

assessments = sa.Table(
    "assessments",
    METADATA,
    sa.Column("attempt_id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("transcript", sa.Text),
    sa.Column("words", JSONB, nullable=False),
    sa.Column("scores", JSONB(none_as_null=True)),
    sa.Column("sounds", JSONB, nullable=False),
    sa.Column("refusal", JSONB(none_as_null=True)),
    sa.Column("engine", JSONB, nullable=False),
    sa.Column("created_at", TIME, nullable=False, server_default=NOW),
    sa.Column("findings", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Index("assessments_person", "person_id"),
)
