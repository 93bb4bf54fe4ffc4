"""Webhooks and their deliveries; what the gateway may read of them."""

from __future__ import annotations

from alembic import op

revision = "0002_webhooks"
down_revision = "0001"

_STATEMENTS = (
    """
    CREATE TABLE webhooks (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, url text NOT NULL, events text[] NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(), disabled_at timestamptz
    )
    """,
    "CREATE INDEX webhooks_person ON webhooks (person_id, id)",
    """
    CREATE TABLE webhook_deliveries (
      id uuid PRIMARY KEY, webhook_id uuid NOT NULL, person_id uuid NOT NULL, event text NOT NULL, job_id uuid NOT NULL,
      state text NOT NULL DEFAULT 'pending', tries integer NOT NULL DEFAULT 0, status integer, error text,
      created_at timestamptz NOT NULL DEFAULT now(), tried_at timestamptz
    )
    """,
    "CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, id)",
    "CREATE INDEX webhook_deliveries_person ON webhook_deliveries (person_id)",
    """
    CREATE VIEW api.notify_webhooks_v1 AS
    SELECT id, person_id, url, events, created_at, disabled_at FROM webhooks
    """,
    """
    CREATE VIEW api.notify_webhook_deliveries_v1 AS
    SELECT id, webhook_id, person_id, event, job_id, tries, status, error, created_at, tried_at,
           CASE WHEN state = 'pending' AND created_at < now() - interval '24 hours' THEN 'failed'
                ELSE state END AS state
      FROM webhook_deliveries
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
