"""Notes in the log whose person was erased, for when nothing else remembers it."""

from __future__ import annotations

from alembic import op

revision = "0033_log_erased"
down_revision = "0032_replayed"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE log ADD COLUMN erased boolean NOT NULL DEFAULT false")
