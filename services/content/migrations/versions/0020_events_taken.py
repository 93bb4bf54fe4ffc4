"""Counts what a person hands in on a day, and finds the newest event of a lesson without counting all of them."""

from __future__ import annotations

from alembic import op

revision = "0020_events_taken"
down_revision = "0019_statements"

_STATEMENTS = (
    "CREATE TABLE events_taken (person_id uuid PRIMARY KEY, day date NOT NULL, events integer NOT NULL)",
    "CREATE INDEX learning_events_newest ON learning_events (person_id, lesson_id, received_at)",
    "DROP INDEX learning_events_lesson",
)


def upgrade() -> None:
    """Expands the schema: the new index serves what the one before it did. The way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
