"""Makes room for whom something of each person may have gone to, also once the row that said so has gone."""

from __future__ import annotations

from alembic import op

from chassis.storage.recipients_v1 import create_recipients

revision = "0011_recipients"
down_revision = "0010_codes"

_KNOWN = """
INSERT INTO recipients (person_id, recipient, own_key, first_at)
SELECT person_id, recipient, false, min(created_at) FROM (
  SELECT person_id, 'webhook' AS recipient, created_at FROM webhook_deliveries
   UNION ALL
  SELECT person_id, CASE WHEN kind IN ('web_push', 'expo') THEN 'push'
                         WHEN kind = 'email' THEN 'email' ELSE 'webhook' END, created_at FROM deliveries
) AS each GROUP BY person_id, recipient
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    create_recipients(op.execute)
    op.execute(_KNOWN)
