"""Makes the tables of erasures, with their services and recipients outside, and of the keys that sign for them."""

from __future__ import annotations

from alembic import op

revision = "0014_erasures"
down_revision = "0011_forgotten_passwords"

_STATEMENTS = (
    """
    CREATE TABLE erasures (
      id uuid PRIMARY KEY, person_id uuid, receipt bytea, address bytea,
      requested_at timestamptz NOT NULL DEFAULT now(), erased_at timestamptz, completed_at timestamptz,
      certificate text)
    """,
    "CREATE UNIQUE INDEX erasures_person ON erasures (person_id)",
    "CREATE INDEX erasures_open ON erasures (requested_at) WHERE completed_at IS NULL",
    """
    CREATE TABLE erasure_services (
      erasure_id uuid NOT NULL REFERENCES erasures (id) ON DELETE CASCADE, service text NOT NULL,
      rows bigint, media bigint, at timestamptz, PRIMARY KEY (erasure_id, service))
    """,
    """
    CREATE TABLE erasure_recipients (
      erasure_id uuid NOT NULL REFERENCES erasures (id) ON DELETE CASCADE, recipient text NOT NULL,
      state text NOT NULL, detail text NOT NULL, at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (erasure_id, recipient))
    """,
    "CREATE TABLE certificate_keys (kid text PRIMARY KEY, x text NOT NULL, since timestamptz NOT NULL DEFAULT now())",
)


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    for statement in _STATEMENTS:
        op.execute(statement)
