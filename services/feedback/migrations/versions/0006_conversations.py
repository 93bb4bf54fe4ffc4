"""Conversations that their person asked to keep: sessions, messages, and what each turn was."""

from __future__ import annotations

from alembic import op

from chassis.storage.idempotency_v1 import create_idempotency

revision = "0006_conversations"
down_revision = "0004_money"

_STATEMENTS = (
    """
    CREATE TABLE conversation_sessions (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, title text, version integer NOT NULL DEFAULT 1,
      started_at timestamptz NOT NULL DEFAULT now(), ended_at timestamptz,
      expires_at timestamptz NOT NULL, messages integer NOT NULL DEFAULT 0,
      turns integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX conversation_sessions_person ON conversation_sessions (person_id, id)",
    "CREATE INDEX conversation_sessions_expired ON conversation_sessions (expires_at)",
    """
    CREATE TABLE messages (
      id uuid PRIMARY KEY,
      session_id uuid NOT NULL CONSTRAINT messages_session REFERENCES conversation_sessions ON DELETE CASCADE,
      number integer NOT NULL, person_id uuid NOT NULL,
      sender varchar(10) NOT NULL CONSTRAINT messages_sender CHECK (sender IN ('user', 'bot')),
      message_text text NOT NULL, source text, interrupted boolean NOT NULL DEFAULT false,
      created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE UNIQUE INDEX messages_place ON messages (session_id, number)",
    "CREATE INDEX messages_person ON messages (person_id)",
    """
    CREATE TABLE conversation_turns (
      session_id uuid NOT NULL CONSTRAINT conversation_turns_session
        REFERENCES conversation_sessions ON DELETE CASCADE,
      turn integer NOT NULL, person_id uuid NOT NULL, model text, source text NOT NULL,
      first_token_ms integer, total_ms integer NOT NULL, interrupted_at_ms integer,
      input_tokens integer, output_tokens integer, cost_usd numeric(12, 6), paid_by text NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (session_id, turn)
    )
    """,
    "CREATE INDEX conversation_turns_person ON conversation_turns (person_id)",
    """
    CREATE VIEW api.feedback_conversations_v1 AS
    SELECT id, person_id, started_at, ended_at, expires_at, messages FROM conversation_sessions
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_idempotency(op.execute)
    for statement in _STATEMENTS:
        op.execute(statement)
