"""Lets work on dead rows stand without an erasure to confirm: rows that were written late about an erased person."""

from __future__ import annotations

from alembic import op

revision = "0007_late_rows"
down_revision = "0005_erasure_work"


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    op.execute("ALTER TABLE erasure_work ALTER COLUMN erasure_id DROP NOT NULL")
