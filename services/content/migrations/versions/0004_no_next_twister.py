"""There may be no twister to practise next: the catalogue may have none in the language of the attempt."""

from __future__ import annotations

from alembic import op

revision = "0004_no_next_twister"
down_revision = "0003_recent_twisters"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE folded_attempts ALTER COLUMN next_twister_id DROP NOT NULL")
