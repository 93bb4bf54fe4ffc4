"""Lets people read their progress in schema `public_api`, and everybody the catalogue."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import PERSON, create_public_view

revision = "0007_public_api"
down_revision = "0006_words_may_wait"

_TWISTERS = "id, text, language, difficulty, sounds, version, created_at, updated_at"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_public_view(
        op.execute,
        "content",
        "twisters",
        f"SELECT {_TWISTERS} FROM content.twisters",
        reads={"twisters": _TWISTERS},
        readers=("anon", "authenticated"),
    )
    create_public_view(
        op.execute,
        "content",
        "twister_progress",
        "SELECT sound, attempts, round(score::numeric, 1)::double precision AS score, trend FROM content.progress"
        f" WHERE person_id = {PERSON}",
        reads={"progress": "person_id, sound, attempts, score, trend"},
    )
