"""Assessments; what the gateway may read."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE assessments (
      attempt_id uuid PRIMARY KEY, person_id uuid NOT NULL, transcript text, words jsonb NOT NULL, scores jsonb,
      sounds jsonb NOT NULL, refusal jsonb, engine jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE VIEW api.speech_assessments_v1 AS
    SELECT attempt_id, person_id, transcript, words, scores, refusal, engine, created_at FROM assessments
    """,
    """
    CREATE VIEW api.speech_media_v1 AS SELECT ref, job_id, requested_at, deleted_at FROM media_deletions
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
