"""A browser or a phone tells whoever subscribed there last."""

from __future__ import annotations

from alembic import op

revision = "0009_devices"
down_revision = "0008_reviews_and_adults"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE channels ADD COLUMN device bytea")
    op.execute("CREATE INDEX channels_device ON channels (device) WHERE device IS NOT NULL")
