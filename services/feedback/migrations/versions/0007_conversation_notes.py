"""The notes that a model has written of a conversation that is kept."""

from __future__ import annotations

from alembic import op

revision = "0007_conversation_notes"
down_revision = "0006_conversations"

_STATEMENTS = (
    """
    CREATE TABLE conversation_notes (
      session_id uuid PRIMARY KEY CONSTRAINT conversation_notes_session
        REFERENCES conversation_sessions ON DELETE CASCADE,
      person_id uuid NOT NULL, said bytea NOT NULL, notes jsonb NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX conversation_notes_person ON conversation_notes (person_id)",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
