"""Reviews have a moment at which they fell due, and people are 18 or older or not."""

from __future__ import annotations

from alembic import op

revision = "0008_reviews_and_adults"
down_revision = "0007_channels"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE learners ADD COLUMN reviews_due_since timestamptz")
    op.execute("ALTER TABLE people ADD COLUMN adult boolean NOT NULL DEFAULT false")
