"""Keeps which statements are to be sent to a learning record store, and how many were sent of whom."""

from __future__ import annotations

from alembic import op

revision = "0019_statements"
down_revision = "0018_exercise_ids"

_STATEMENTS = (
    """
    CREATE TABLE statements_due (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id uuid NOT NULL, type text NOT NULL,
      lesson_id uuid NOT NULL, event_id uuid, added_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX statements_due_person ON statements_due (person_id, number)",
    """
    CREATE TABLE statements_sent (
      person_id uuid PRIMARY KEY, statements bigint NOT NULL,
      first_at timestamptz NOT NULL DEFAULT now(), last_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
