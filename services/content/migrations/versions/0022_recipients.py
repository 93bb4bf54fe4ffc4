"""Makes room for whether a learning record store may have something of each person, also where it has refused it."""

from __future__ import annotations

from alembic import op

revision = "0022_recipients"
down_revision = "0021_twister_progress"

_STATEMENTS = (
    """
    CREATE TABLE recipients (
      person_id uuid, recipient text, own_key boolean, first_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (person_id, recipient, own_key)
    )
    """,
    """
    INSERT INTO recipients (person_id, recipient, own_key, first_at)
    SELECT person_id, 'lrs', false, first_at FROM statements_sent
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
