"""When a media deletion was last tried."""

from __future__ import annotations

from alembic import op

from chassis.storage.delivery_v4 import add_media_tried

revision = "0003_media_tried"
down_revision = "0002_erased_people"


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    add_media_tried(op.execute)
