"""Findings about a reading; every reason of a refusal in a second version of the view, the old ones in the first."""

from __future__ import annotations

from alembic import op

revision = "0003_findings"
down_revision = "0002_person_index"

# Readers of the first version refuse a reason that they do not know, so any newer one is given as its nearest.
_STATEMENTS = (
    "ALTER TABLE assessments ADD COLUMN findings text[] NOT NULL DEFAULT '{}'",
    """
    CREATE VIEW api.speech_assessments_v2 AS
    SELECT attempt_id, person_id, transcript, words, scores, refusal, engine, created_at, findings FROM assessments
    """,
    """
    CREATE OR REPLACE VIEW api.speech_assessments_v1 AS
    SELECT attempt_id, person_id, transcript, words, scores,
           CASE WHEN refusal IS NULL OR refusal->>'reason' IN ('silent', 'too_quiet', 'clipped', 'too_short')
                THEN refusal
                WHEN refusal->>'reason' = 'no_speech' THEN jsonb_set(refusal, '{reason}', '"silent"')
                ELSE jsonb_set(refusal, '{reason}', '"too_quiet"') END AS refusal,
           engine, created_at
      FROM assessments
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
