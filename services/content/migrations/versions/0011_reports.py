"""Makes the tables of what learners report about lessons, and of what imports were answered."""

from __future__ import annotations

from alembic import op

revision = "0011_reports"
down_revision = "0010_hints"

_STATEMENTS = (
    """
    CREATE TABLE imports (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, answer jsonb NOT NULL, at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX imports_person ON imports (person_id)",
    "CREATE INDEX imports_at ON imports (at)",
    """
    CREATE TABLE reports (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, lesson_id uuid, exercise_id text, kind text NOT NULL,
      text text NOT NULL, status text NOT NULL, reply text, replied_at timestamptz, replied_by uuid,
      version integer NOT NULL DEFAULT 1, created_at timestamptz NOT NULL DEFAULT now(),
      updated_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX reports_person ON reports (person_id)",
    "CREATE INDEX reports_lesson ON reports (lesson_id)",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
