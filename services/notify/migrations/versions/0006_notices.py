"""Notifications that wait: settings, people, learners, and the log of decisions."""

from __future__ import annotations

from alembic import op

revision = "0006_notices"
down_revision = "0004_public_api"

_STATEMENTS = (
    """
    ALTER TABLE notifications
      ADD COLUMN version integer NOT NULL DEFAULT 1, ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
      ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(), ADD COLUMN link text,
      ADD COLUMN state text NOT NULL DEFAULT 'delivered', ADD COLUMN held text, ADD COLUMN deliver_at timestamptz,
      ADD COLUMN stale_at timestamptz, ADD COLUMN urgent boolean NOT NULL DEFAULT false,
      ADD COLUMN own boolean NOT NULL DEFAULT false, ADD COLUMN kinds text[], ADD COLUMN key text,
      ADD COLUMN told_in uuid, ALTER COLUMN channel SET DEFAULT 'in_app'
    """,
    "CREATE UNIQUE INDEX notifications_key ON notifications (person_id, key) WHERE key IS NOT NULL",
    """
    CREATE INDEX notifications_waiting ON notifications (person_id, deliver_at)
     WHERE state IN ('scheduled', 'deferred')
    """,
    """
    CREATE TABLE notification_settings (
      person_id uuid PRIMARY KEY, settings jsonb NOT NULL, changed_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    """
    CREATE TABLE people (
      person_id uuid PRIMARY KEY, at timestamptz NOT NULL, time_zone text NOT NULL, language text NOT NULL,
      age_band text NOT NULL, email text, email_verified boolean NOT NULL
    )
    """,
    """
    CREATE TABLE learners (
      person_id uuid PRIMARY KEY, at timestamptz NOT NULL, day date NOT NULL, day_ends_at timestamptz NOT NULL,
      done boolean NOT NULL, run integer NOT NULL, reviews_due integer NOT NULL, next_review_at timestamptz
    )
    """,
    """
    CREATE TABLE decisions (
      id uuid PRIMARY KEY, person_id uuid NOT NULL, notification_id uuid, at timestamptz NOT NULL DEFAULT now(),
      type text NOT NULL, channel text NOT NULL, decision text NOT NULL, reason text NOT NULL, rule text NOT NULL,
      deliver_at timestamptz
    )
    """,
    "CREATE INDEX decisions_person ON decisions (person_id, id)",
    "CREATE INDEX decisions_notification ON decisions (notification_id, id)",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
