"""Adds the table of erasures whose rows are deleted, and which are still to be confirmed."""

from __future__ import annotations

from alembic import op

revision = "0005_erasure_work"
down_revision = "0004_media_tried"

_STATEMENTS = (
    """
    CREATE TABLE erasure_work (
      person_id uuid PRIMARY KEY, erasure_id uuid NOT NULL, counts jsonb NOT NULL, media integer NOT NULL DEFAULT 0,
      refs text[] NOT NULL DEFAULT '{}'
    )
    """,
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
