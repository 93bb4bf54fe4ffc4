"""Adds the time since which a row of the outbox may be published: its claim ends anew with each sweep."""

from __future__ import annotations

from alembic import op

revision = "0009_outbox_ready"
down_revision = "0008_dead_letters"


def upgrade() -> None:
    """Expands only: a way back is a restore. A release that does not know the column writes rows as of now."""
    op.execute("ALTER TABLE outbox ADD COLUMN ready_at timestamptz NOT NULL DEFAULT now()")
