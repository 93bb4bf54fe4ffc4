"""Adds the audit: when a job was last heard of, an index of begun and ended streams, and what was found."""

from __future__ import annotations

from alembic import op

revision = "0002_audit"
down_revision = "0001"

_STATEMENTS = (
    "ALTER TABLE jobs ADD COLUMN heard_at timestamptz NOT NULL DEFAULT now()",
    """
    CREATE INDEX log_ends ON log (stream_id) INCLUDE (terminal)
     WHERE terminal OR (seq = 1 AND stream_id <> event_id)
    """,
    """
    CREATE TABLE orphans (
      job_id uuid PRIMARY KEY, last_seq bigint NOT NULL, found_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE audit (
      name text PRIMARY KEY, begun_at timestamptz NOT NULL, done_at timestamptz, ledger bigint, in_flight bigint
    )
    """,
    "INSERT INTO audit (name, begun_at) VALUES ('jobs', '-infinity')",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
