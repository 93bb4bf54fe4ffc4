"""Defines the rows of the toys: some that several people edit, and notes, which belong to one person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from chassis.storage.tables import TIME, delivery_tables, idempotency_table, managed_columns

METADATA = sa.MetaData()
delivery_tables(METADATA)
idempotency_table(METADATA)

toys = sa.Table(
    "toys",
    METADATA,
    *managed_columns(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("age", sa.Integer, nullable=False),
    sa.Column("note", sa.Text),
    sa.Column("worn_at", TIME),
    sa.UniqueConstraint("name", name="toys_name"),
    sa.CheckConstraint("name <> 'forbidden'", name="toys_not_forbidden"),
)

notes = sa.Table(
    "notes",
    METADATA,
    sa.Column("id", UUID(), primary_key=True),
    sa.Column("person_id", UUID(), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Index("notes_person", "person_id", "id"),
)
