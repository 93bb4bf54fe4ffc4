"""Adds the table that a job of the bench writes."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Adds the table; it needs no downgrade, since a database of the bench lives as long as its run."""
    op.execute("CREATE TABLE results (id uuid PRIMARY KEY, text text NOT NULL)")
