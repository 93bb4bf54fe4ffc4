"""Channels of a person, and the deliveries of notifications on them."""

from __future__ import annotations

from alembic import op

revision = "0007_channels"
down_revision = "0006_notices"

_STATEMENTS = (
    """
    CREATE TABLE channels (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, kind text NOT NULL, label text NOT NULL, state text NOT NULL,
      own boolean NOT NULL DEFAULT false, target bytea NOT NULL, fingerprint bytea NOT NULL,
      failures smallint NOT NULL DEFAULT 0, code_round smallint NOT NULL DEFAULT 0,
      code_tries smallint NOT NULL DEFAULT 0, code_until timestamptz, account_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(), last_ok_at timestamptz,
      CONSTRAINT channels_target UNIQUE (person_id, fingerprint)
    )
    """,
    "CREATE INDEX channels_person ON channels (person_id, id)",
    """
    CREATE TABLE deliveries (
      id uuid PRIMARY KEY, notification_id uuid NOT NULL, channel_id uuid NOT NULL, person_id uuid NOT NULL,
      kind text NOT NULL, purpose text NOT NULL DEFAULT 'notification', type text NOT NULL,
      mode text NOT NULL DEFAULT 'all', position smallint NOT NULL DEFAULT 0, urgent boolean NOT NULL DEFAULT false,
      state text NOT NULL DEFAULT 'pending', reason text, message_id uuid, tries integer NOT NULL DEFAULT 0,
      stale_at timestamptz NOT NULL, ticket text, receipt_at timestamptz,
      created_at timestamptz NOT NULL DEFAULT now(), at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT deliveries_once UNIQUE (notification_id, channel_id)
    )
    """,
    "CREATE INDEX deliveries_person ON deliveries (person_id, created_at)",
    "CREATE INDEX deliveries_receipt ON deliveries (receipt_at) WHERE receipt_at IS NOT NULL",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
