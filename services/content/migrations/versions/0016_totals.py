"""Keeps totals with which folds go on, and when XP were given and how fast they came as far as our clock knows."""

from __future__ import annotations

from alembic import op

revision = "0016_totals"
down_revision = "0015_leagues"

_STATEMENTS = (
    "ALTER TABLE xp_awards ADD COLUMN paced_at timestamptz",
    "UPDATE xp_awards SET given_at = at WHERE given_at IS NULL",
    "CREATE INDEX xp_awards_person_given ON xp_awards (person_id, given_at)",
    """
    ALTER TABLE standings
      ADD COLUMN noted_at timestamptz, ADD COLUMN xp integer, ADD COLUMN reviews integer,
      ADD COLUMN kept_until date, ADD COLUMN kept_run integer, ADD COLUMN kept_longest integer,
      ADD COLUMN kept_freezes integer, ADD COLUMN kept_last date
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
