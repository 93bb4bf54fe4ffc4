"""Makes the tables of leagues, and notes when XP were given and whether they count there."""

from __future__ import annotations

from alembic import op

revision = "0015_leagues"
down_revision = "0014_public_lessons"

_STATEMENTS = (
    "ALTER TABLE xp_awards ADD COLUMN given_at timestamptz, ADD COLUMN ranked boolean NOT NULL DEFAULT true",
    "ALTER TABLE xp_awards ALTER COLUMN given_at SET DEFAULT now()",
    "CREATE INDEX xp_awards_given ON xp_awards (given_at)",
    """
    CREATE TABLE learners (
      person_id uuid PRIMARY KEY, adult boolean NOT NULL, username text NOT NULL, at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE league_members (
      week text NOT NULL, person_id uuid NOT NULL, league integer NOT NULL, PRIMARY KEY (week, person_id)
    )
    """,
    "CREATE INDEX league_members_person ON league_members (person_id)",
    "CREATE INDEX league_members_league ON league_members (week, league)",
    "CREATE TABLE leagues_drawn (week text PRIMARY KEY, drawn_at timestamptz NOT NULL DEFAULT now())",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
