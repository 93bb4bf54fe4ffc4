"""Makes the table of exports."""

from __future__ import annotations

from alembic import op

revision = "0021_exports"
down_revision = "0019_retention"

_STATEMENTS = (
    """
    CREATE TABLE exports (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, owner_id uuid NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), parts jsonb NOT NULL DEFAULT '{}'::jsonb,
      archive text, size bigint, sha256 text,
      expires_at timestamptz NOT NULL DEFAULT now() + '7 days'::interval)
    """,
    "CREATE INDEX exports_of_person ON exports (person_id, id)",
    "CREATE INDEX exports_of_owner ON exports (owner_id, id)",
    "CREATE INDEX exports_expiry ON exports (expires_at)",
)


def upgrade() -> None:
    """Makes the table and its indexes."""
    for statement in _STATEMENTS:
        op.execute(statement)
