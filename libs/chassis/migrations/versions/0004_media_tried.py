"""Adds the time at which a media deletion was last tried."""

from __future__ import annotations

from alembic import op

revision = "0004_media_tried"
down_revision = "0003_open_view"

_STATEMENTS = (
    "ALTER TABLE media_deletions ADD COLUMN tried_at timestamptz",
    "DROP INDEX media_deletions_due",
    """
    CREATE INDEX media_deletions_due ON media_deletions (tried_at NULLS FIRST, requested_at) WHERE deleted_at IS NULL
    """,
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
