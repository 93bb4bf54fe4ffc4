"""Adds the tables of replays, each with the frozen plan of what it runs."""

from __future__ import annotations

from alembic import op

revision = "0030_replays"
down_revision = "0029_log_time"

_STATEMENTS = (
    """
    CREATE TABLE replays (
      id uuid PRIMARY KEY, handler text NOT NULL, mode text NOT NULL, status text NOT NULL, filters jsonb NOT NULL,
      tape text, tape_sha256 text, rate double precision, planned jsonb NOT NULL DEFAULT '{}'::jsonb,
      created_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz
    )
    """,
    """
    CREATE TABLE replay_items (
      replay_id uuid NOT NULL REFERENCES replays (id) ON DELETE CASCADE, n bigint NOT NULL, event_id uuid NOT NULL,
      message_id uuid NOT NULL, stream_id uuid NOT NULL, place bigint NOT NULL, state text NOT NULL, why text,
      PRIMARY KEY (replay_id, n)
    )
    """,
    "CREATE INDEX replay_items_to_run ON replay_items (replay_id, n) WHERE state = 'to_run'",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
