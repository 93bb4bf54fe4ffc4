"""Adds tickets, which let a browser open a stream without a token in the URL."""

from __future__ import annotations

from alembic import op

revision = "0002_tickets"
down_revision = "0001"

_STATEMENTS = (
    "CREATE TABLE tickets (hash bytea PRIMARY KEY, person_id uuid NOT NULL, expires_at timestamptz NOT NULL)",
    "CREATE INDEX tickets_expiry ON tickets (expires_at)",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
