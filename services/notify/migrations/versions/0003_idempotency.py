"""Records of quick writes: notify serves its own routes."""

from __future__ import annotations

from alembic import op

from chassis.storage.idempotency_v1 import create_idempotency

revision = "0003_idempotency"
down_revision = "0002_webhooks"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_idempotency(op.execute)
