"""Makes the table of forgotten passwords for which a link is still to be mailed."""

from __future__ import annotations

from alembic import op

revision = "0011_forgotten_passwords"
down_revision = "0010_recording_bytes"

_STATEMENTS = (
    """
    CREATE TABLE forgotten_passwords (
      id uuid PRIMARY KEY, person_id uuid, asked_at timestamptz NOT NULL DEFAULT now())
    """,
    "CREATE INDEX forgotten_passwords_of_person ON forgotten_passwords (person_id)",
)


def upgrade() -> None:
    """Makes the table and its index."""
    for statement in _STATEMENTS:
        op.execute(statement)
