"""Defines the table of idempotency records as its migration creates it. Frozen: a change is a new file."""

from __future__ import annotations

from collections.abc import Callable

_STATEMENTS = (
    """
    CREATE TABLE idempotency (
      person_id uuid NOT NULL, route text NOT NULL, key_hash bytea NOT NULL, fingerprint bytea NOT NULL,
      status smallint, resource_id uuid, version bigint, expires_at timestamptz NOT NULL,
      PRIMARY KEY (person_id, route, key_hash)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)
    """,
    "CREATE INDEX idempotency_expired ON idempotency (expires_at)",
)


def create_idempotency(execute: Callable[[str], object]) -> None:
    """Creates the table in the current schema; `execute` is Alembic's `op.execute`."""
    for statement in _STATEMENTS:
        execute(statement)
