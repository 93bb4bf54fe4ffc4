"""Adds inbox and outbox, and the tables of jobs, media, timers and effects."""

from __future__ import annotations

from alembic import op

revision = "0001_delivery"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE inbox (
      consumer text NOT NULL, id uuid NOT NULL, job_id uuid, body bytea, headers jsonb,
      fence integer NOT NULL, tries integer NOT NULL, due_at timestamptz NOT NULL, owner uuid,
      done_at timestamptz, outcome text, problem jsonb, PRIMARY KEY (consumer, id)
    ) PARTITION BY RANGE (id)
    """,
    "CREATE TABLE inbox_default PARTITION OF inbox DEFAULT",
    "CREATE INDEX inbox_due ON inbox (consumer, due_at) WHERE done_at IS NULL",
    "CREATE INDEX inbox_open_job ON inbox (job_id) WHERE done_at IS NULL",
    "CREATE INDEX inbox_dead ON inbox (consumer, id) WHERE outcome = 'dead'",
    """
    CREATE TABLE outbox (
      id uuid PRIMARY KEY, job_id uuid, turn bigint, exchange text NOT NULL, key text NOT NULL,
      body bytea NOT NULL, headers jsonb NOT NULL, claimed_until timestamptz NOT NULL
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)
    """,
    "CREATE INDEX outbox_due ON outbox (claimed_until)",
    """
    CREATE TABLE cancelled_jobs (
      job_id uuid NOT NULL, outcome text NOT NULL, retry integer NOT NULL DEFAULT 0,
      recorded_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (job_id, outcome)
    )
    """,
    """
    CREATE TABLE media_deletions (
      ref text PRIMARY KEY, job_id uuid, requested_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz
    )
    """,
    "CREATE INDEX media_deletions_due ON media_deletions (requested_at) WHERE deleted_at IS NULL",
    "CREATE INDEX media_deletions_job ON media_deletions (job_id)",
    """
    CREATE TABLE dead_letters (
      consumer text NOT NULL, id uuid NOT NULL, job_id uuid, body bytea, headers jsonb, tries integer NOT NULL,
      problem jsonb, died_at timestamptz NOT NULL, PRIMARY KEY (consumer, id)
    )
    """,
    "CREATE TABLE timers (key text PRIMARY KEY, due_at timestamptz NOT NULL, message jsonb NOT NULL)",
    "CREATE INDEX timers_due ON timers (due_at)",
    """
    CREATE TABLE effects (
      key text PRIMARY KEY, state text NOT NULL, result jsonb, changed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
