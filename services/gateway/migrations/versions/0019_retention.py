"""Makes the tables of what was deleted because its time was over, and of who was told that their account ends."""

from __future__ import annotations

from alembic import op

revision = "0019_retention"
down_revision = "0016_signed_forms"

_STATEMENTS = (
    """
    CREATE TABLE deletion_receipts (
      id uuid PRIMARY KEY, service text NOT NULL, class text NOT NULL, items bigint NOT NULL, oldest_at timestamptz,
      done_at timestamptz NOT NULL)
    """,
    "CREATE TABLE inactive_people (person_id uuid PRIMARY KEY, warned_at timestamptz NOT NULL)",
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
