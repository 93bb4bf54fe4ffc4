"""Notes whose webhooks were made before they wanted a consent, from the jobs that made and deleted them.

The gateway gives the consents at its start, since they stand in the key store too, and deletes the rows.
"""

from __future__ import annotations

from alembic import op

revision = "0018_webhooks_before"
down_revision = "0017_told_of_age"

_STATEMENTS = (
    "CREATE TABLE webhooks_before (person_id uuid PRIMARY KEY, made_at timestamptz NOT NULL)",
    # Whoever has decided about it already is left out; who has made more webhooks than deleted has one.
    """
    INSERT INTO webhooks_before (person_id, made_at)
    SELECT j.person_id, min(j.created_at) FILTER (WHERE j.kind = 'webhook_create') FROM jobs j
     WHERE j.kind IN ('webhook_create', 'webhook_delete') AND j.status = 'succeeded'
       AND EXISTS (SELECT FROM people p WHERE p.id = j.person_id)
       AND NOT EXISTS (SELECT FROM consents c
                        WHERE c.person_id = j.person_id AND c.purpose = 'notify' AND c.recipient = 'webhook')
     GROUP BY j.person_id
    HAVING count(*) FILTER (WHERE j.kind = 'webhook_create') > count(*) FILTER (WHERE j.kind = 'webhook_delete')
    """,
)


def upgrade() -> None:
    """Makes the table and fills it."""
    for statement in _STATEMENTS:
        op.execute(statement)
