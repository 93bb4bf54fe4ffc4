"""Who was erased."""

from __future__ import annotations

from alembic import op

from chassis.storage.delivery_v2 import create_erased_people

revision = "0002_erased_people"
down_revision = "0001"


def upgrade() -> None:
    """Expand only: a way back is a restore."""
    create_erased_people(op.execute)
