"""Makes the table of what operators did."""

from __future__ import annotations

from alembic import op

revision = "0028_operator_acts"
down_revision = "0027_public_users"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("""
    CREATE TABLE operator_acts (
      id uuid PRIMARY KEY, time timestamptz NOT NULL DEFAULT now(), act text NOT NULL, actor_id uuid, operator text,
      object text NOT NULL, person_id uuid, reason text, outcome text, settled_at timestamptz,
      detail jsonb NOT NULL DEFAULT '{}'::jsonb
    )
    """)
    op.execute("CREATE INDEX operator_acts_of_person ON operator_acts (person_id, id)")
    op.execute("CREATE INDEX operator_acts_of_object ON operator_acts (object, id)")
    op.execute("CREATE INDEX operator_acts_time ON operator_acts (time)")
    op.execute("CREATE INDEX operator_acts_actor ON operator_acts (actor_id) WHERE actor_id IS NOT NULL")
