"""A person's last twisters are found by an index, however long their history and however many texts of their own."""

from __future__ import annotations

from alembic import op

revision = "0003_recent_twisters"
down_revision = "0002_seeded_twisters"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute(
        "CREATE INDEX folded_attempts_recent ON folded_attempts (person_id, folded_at, attempt_id)"
        " WHERE twister_id IS NOT NULL"
    )
