"""Makes room for which analytics may have something of each person, also once no setting names it any more."""

from __future__ import annotations

from alembic import op

from chassis.storage.recipients_v1 import create_recipients

revision = "0035_recipients"
down_revision = "0034_kept_recordings"

# nothing was noted until now of what they were told
_KNOWN = """
INSERT INTO recipients (person_id, recipient, own_key, first_at)
SELECT person_id, recipient, false, min(at) FROM consents
 WHERE purpose = 'analytics' AND state = 'granted' AND EXISTS (SELECT FROM people WHERE id = person_id)
 GROUP BY person_id, recipient
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_recipients(op.execute)
    op.execute(_KNOWN)
