"""Adds what those outside are told with after an erasure, sealed with a key of the installation."""

from __future__ import annotations

from alembic import op

revision = "0023_kept_grants"
down_revision = "0026_write_records"


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    op.execute("ALTER TABLE erasures ADD COLUMN grants bytea")
