"""Feedback given; what the gateway may read."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE feedback (
      attempt_id uuid PRIMARY KEY, person_id uuid NOT NULL, summary text NOT NULL, tips jsonb NOT NULL,
      source text NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE VIEW api.feedback_feedback_v1 AS
    SELECT attempt_id, person_id, summary, tips, source, created_at FROM feedback
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
