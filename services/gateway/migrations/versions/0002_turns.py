"""Adds fair turns: commands that wait for theirs, and how far kinds and persons have come."""

from __future__ import annotations

from alembic import op

revision = "0002_turns"
down_revision = "0001"

_STATEMENTS = (
    "CREATE TABLE kind_turns (kind text PRIMARY KEY, turn bigint NOT NULL)",
    """
    CREATE TABLE person_turns (
      kind text NOT NULL, person_id uuid NOT NULL, turn bigint NOT NULL, PRIMARY KEY (kind, person_id)
    )
    """,
    "CREATE INDEX outbox_held ON outbox (key, turn, id) WHERE claimed_until = 'infinity'",
    "ALTER TABLE jobs ADD COLUMN ready_at timestamptz",
    "CREATE INDEX jobs_ready ON jobs (kind, ready_at) WHERE ready_at IS NOT NULL",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
