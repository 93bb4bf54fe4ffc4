"""Makes the tables of when each person was active, and of whose turn it is to delete what was kept for long enough."""

from __future__ import annotations

from alembic import op

revision = "0006_retention"
down_revision = "0007_late_rows"

_STATEMENTS = (
    """
    CREATE TABLE person_activity (
      person_id uuid PRIMARY KEY, day date NOT NULL, child boolean NOT NULL, noted_at timestamptz NOT NULL)
    """,
    "CREATE INDEX person_activity_day ON person_activity (day)",
    "CREATE TABLE retention_turns (name text PRIMARY KEY, owner uuid, until timestamptz NOT NULL)",
    # media that were deleted before have no receipts
    "INSERT INTO retention_turns (name, until) VALUES ('worker', now()), ('media', now())",
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
