"""Notes of which level the text of a hint is."""

from __future__ import annotations

from alembic import op

revision = "0017_hint_texts"
down_revision = "0016_totals"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE hints ADD COLUMN text_level smallint")
