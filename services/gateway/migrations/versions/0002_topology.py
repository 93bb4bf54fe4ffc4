"""Notes when each queue was last known to exist, and how often it had to be made again since it was repaired."""

from __future__ import annotations

from alembic import op

revision = "0002_topology"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute(
        """
        CREATE TABLE topology_seen (
          queue text PRIMARY KEY, seen_at timestamptz NOT NULL, gaps integer NOT NULL DEFAULT 0
        )
        """
    )
