"""Adds under which ids events were reprocessed, what has ended of a replay, and an index on the log's persons."""

from __future__ import annotations

from alembic import op

revision = "0032_replayed"
down_revision = "0031_told"

_STATEMENTS = (
    """
    CREATE TABLE replayed (
      event_id uuid NOT NULL, handler text NOT NULL, message_id uuid NOT NULL, done boolean NOT NULL DEFAULT false,
      PRIMARY KEY (event_id, handler)
    )
    """,
    "ALTER TABLE replays ADD COLUMN ended jsonb NOT NULL DEFAULT '{}'::jsonb",
    "CREATE INDEX log_person ON log (person_id, time) WHERE person_id IS NOT NULL",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
