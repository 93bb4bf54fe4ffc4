"""Rows of a person are found by an index: erasing deletes them, again each hour."""

from __future__ import annotations

from alembic import op

revision = "0002_person_index"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("CREATE INDEX assessments_person ON assessments (person_id)")
