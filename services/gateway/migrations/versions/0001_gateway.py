"""Adds the gateway's first tables: people, jobs, the log, idempotency keys."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE people (
      id uuid PRIMARY KEY,
      email text NOT NULL CONSTRAINT people_email UNIQUE CONSTRAINT people_email_lower CHECK (email = lower(email)),
      username text NOT NULL, password_hash text NOT NULL, birth_date date,
      roles text[] NOT NULL DEFAULT '{learner}'::text[], created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE jobs (
      id uuid PRIMARY KEY, kind text NOT NULL, person_id uuid NOT NULL, status text NOT NULL,
      deadline timestamptz NOT NULL, last_seq bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
      finished_at timestamptz
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX jobs_of_person ON jobs (person_id, id)",
    "CREATE INDEX jobs_open_deadline ON jobs (deadline) WHERE finished_at IS NULL",
    """
    CREATE TABLE log (
      stream_id uuid NOT NULL, seq bigint NOT NULL, event_id uuid NOT NULL, type text NOT NULL, version text NOT NULL,
      time timestamptz NOT NULL, person_id uuid, headers jsonb NOT NULL, body bytea NOT NULL,
      terminal boolean NOT NULL DEFAULT false, late boolean NOT NULL DEFAULT false,
      PRIMARY KEY (stream_id, seq), CONSTRAINT log_event UNIQUE (stream_id, event_id)
    ) PARTITION BY RANGE (stream_id)
    """,
    "CREATE TABLE log_default PARTITION OF log DEFAULT",
    """
    CREATE TABLE idempotency (
      person_id uuid NOT NULL, route text NOT NULL, key text NOT NULL, fingerprint text NOT NULL, job_id uuid NOT NULL,
      expires_at timestamptz NOT NULL, PRIMARY KEY (person_id, route, key)
    )
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
