"""Lets the fold of a lesson go on with the next event, without reading those before."""

from __future__ import annotations

from alembic import op

revision = "0012_folds"
down_revision = "0011_reports"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE lesson_progress ADD COLUMN snapshot jsonb")
