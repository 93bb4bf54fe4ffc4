"""Makes room for which analytics may have something of each person, also once no setting names it any more."""

from __future__ import annotations

from alembic import op

revision = "0035_recipients"
down_revision = "0034_kept_recordings"

_STATEMENTS = (
    """
    CREATE TABLE recipients (
      person_id uuid, recipient text, own_key boolean, first_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (person_id, recipient, own_key)
    )
    """,
    # nothing was noted until now of what they were told
    """
    INSERT INTO recipients (person_id, recipient, own_key, first_at)
    SELECT person_id, recipient, false, min(at) FROM consents
     WHERE purpose = 'analytics' AND state = 'granted' AND EXISTS (SELECT FROM people WHERE id = person_id)
     GROUP BY person_id, recipient
    """,
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
