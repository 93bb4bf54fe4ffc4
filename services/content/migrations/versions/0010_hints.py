"""Makes the table of hints that learners were given."""

from __future__ import annotations

from alembic import op

revision = "0010_hints"
down_revision = "0009_progress"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute(
        """
        CREATE TABLE hints (
          id uuid PRIMARY KEY, person_id uuid NOT NULL, lesson_id uuid NOT NULL, exercise_id text NOT NULL,
          level smallint NOT NULL, run timestamptz NOT NULL, text text NOT NULL, source text NOT NULL, provider text,
          model text, verdicts text[] NOT NULL, cost_usd numeric(12, 6) NOT NULL,
          created_at timestamptz NOT NULL DEFAULT now(),
          CONSTRAINT hints_once UNIQUE (person_id, lesson_id, exercise_id, level, run)
        )
        """
    )
    op.execute("CREATE INDEX hints_day ON hints (person_id, created_at)")
