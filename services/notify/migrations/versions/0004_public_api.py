"""Lets people read their notifications in schema `public_api`."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import PERSON, create_public_view

revision = "0004_public_api"
down_revision = "0003_idempotency"

_SHOWN = "id, type, title, body, scheduled_time, delivered, read_at"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_public_view(
        op.execute,
        "notify",
        "notifications",
        f"SELECT {_SHOWN} FROM notify.notifications WHERE person_id = {PERSON}",
        reads={"notifications": f"person_id, {_SHOWN}"},
    )
