"""Counts the codes that went to an address, whoever caused them, also once the channel is deleted."""

from __future__ import annotations

from alembic import op

revision = "0010_codes"
down_revision = "0009_devices"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE deliveries ADD COLUMN addressee bytea")
    op.execute("CREATE INDEX deliveries_addressee ON deliveries (addressee, created_at) WHERE addressee IS NOT NULL")
    op.execute("UPDATE channels SET device = NULL WHERE kind NOT IN ('web_push', 'expo') AND device IS NOT NULL")
