"""Makes the table of the gateway's own writes that clients have sent under an Idempotency-Key."""

from __future__ import annotations

from alembic import op

revision = "0026_write_records"
down_revision = "0015_consent"


def upgrade() -> None:
    """Makes the table, as other services have it for their quick writes, and the index of what has expired."""
    op.execute("""
    CREATE TABLE write_records (
      person_id uuid NOT NULL, route text NOT NULL, key_hash bytea NOT NULL, fingerprint bytea NOT NULL,
      status smallint, resource_id uuid, version bigint, expires_at timestamptz NOT NULL,
      PRIMARY KEY (person_id, route, key_hash)
    ) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)
    """)
    op.execute("CREATE INDEX write_records_expired ON write_records (expires_at)")
