"""The gateway notes what it has told the other services of each account."""

from __future__ import annotations

from alembic import op

revision = "0031_told"
down_revision = "0030_replays"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE people ADD COLUMN told text")
