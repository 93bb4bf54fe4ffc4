"""Notes which exercises the published revision of a lesson has."""

from __future__ import annotations

from alembic import op

revision = "0018_exercise_ids"
down_revision = "0017_hint_texts"

_STATEMENTS = (
    "ALTER TABLE lessons ADD COLUMN exercise_ids text[]",
    """
    UPDATE lessons AS l SET exercise_ids = ARRAY(
      SELECT each ->> 'id' FROM revisions AS r, jsonb_array_elements(r.content -> 'exercises') AS each
       WHERE r.entry_id = l.id AND r.revision = l.revision)
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
