"""Adds the table of people who were erased."""

from __future__ import annotations

from alembic import op

revision = "0002_erased_people"
down_revision = "0001_delivery"

_STATEMENTS = ("CREATE TABLE erased_people (person_id uuid PRIMARY KEY, erased_at timestamptz NOT NULL DEFAULT now())",)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
