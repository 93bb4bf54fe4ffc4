"""Lets people read their feedback in schema `public_api`."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import PERSON, create_public_view

revision = "0003_public_api"
down_revision = "0002_person_index"

_SHOWN = "attempt_id, summary, tips, source, created_at"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_public_view(
        op.execute,
        "feedback",
        "feedback",
        f"SELECT {_SHOWN} FROM feedback.feedback WHERE person_id = {PERSON}",
        reads={"feedback": f"person_id, {_SHOWN}"},
    )
