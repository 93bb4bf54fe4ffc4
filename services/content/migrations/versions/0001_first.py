"""The catalogue, progress per sound, attempts folded; what the gateway may read."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE twisters (
      id uuid PRIMARY KEY, text text NOT NULL, language text NOT NULL, difficulty smallint NOT NULL,
      sounds text[] NOT NULL
    )
    """,
    """
    CREATE TABLE progress (
      person_id uuid NOT NULL, sound text NOT NULL, attempts integer NOT NULL, score double precision NOT NULL,
      recent double precision NOT NULL, difficulty smallint NOT NULL, trend text NOT NULL,
      PRIMARY KEY (person_id, sound)
    )
    """,
    """
    CREATE TABLE folded_attempts (
      attempt_id uuid PRIMARY KEY, person_id uuid NOT NULL, twister_id uuid, next_twister_id uuid NOT NULL,
      folded_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX folded_attempts_person ON folded_attempts (person_id, folded_at)",
    "CREATE VIEW api.content_twisters_v1 AS SELECT id, text, language, difficulty, sounds FROM twisters",
    "CREATE VIEW api.content_progress_v1 AS SELECT person_id, sound, attempts, score, trend FROM progress",
    """
    CREATE VIEW api.content_attempt_next_v1 AS
    SELECT attempt_id, person_id, next_twister_id AS twister_id FROM folded_attempts
    """,
    """
    CREATE VIEW api.content_next_v1 AS
    SELECT DISTINCT ON (person_id) person_id, next_twister_id AS twister_id
      FROM folded_attempts ORDER BY person_id, folded_at DESC, attempt_id DESC
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
