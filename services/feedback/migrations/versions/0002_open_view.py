"""Which jobs this service has something open of."""

from __future__ import annotations

from alembic import op

from chassis.storage.delivery_v3 import create_open_view

revision = "0002_open_view"
down_revision = "0001"


def upgrade() -> None:
    """Expand only: a way back is a restore."""
    create_open_view(op.execute)
