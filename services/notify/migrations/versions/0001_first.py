"""Notifications; what the gateway may read."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision = None

_STATEMENTS = (
    """
    CREATE TABLE notifications (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, type text NOT NULL, title text NOT NULL, body text NOT NULL,
      channel text NOT NULL, scheduled_time timestamptz NOT NULL DEFAULT now(), delivered boolean NOT NULL,
      read_at timestamptz
    )
    """,
    "CREATE INDEX notifications_person ON notifications (person_id, id)",
    """
    CREATE VIEW api.notify_notifications_v1 AS
    SELECT id, person_id, type, title, body, scheduled_time, delivered, read_at FROM notifications
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
