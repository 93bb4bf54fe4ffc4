"""Shows guardians a child in `public_api.children` until the child decides alone; the link goes within an hour."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import OWNER, PERSON

revision = "0025_children_come_of_age"
down_revision = "0018_webhooks_before"

_CONSENT = "purpose, recipient, state, method, notice_version, granted_at, confirmed_at, revoked_at"
_CHILDREN = f"""
CREATE OR REPLACE VIEW public_api.children WITH (security_barrier = true) AS
SELECT p.id, p.username, g.linked_at,
       (SELECT coalesce(jsonb_agg(to_jsonb(c) ORDER BY c.purpose, c.recipient), '[]')
          FROM (SELECT {_CONSENT} FROM gateway.consent_states WHERE person_id = p.id) c) AS consents
  FROM gateway.guardians g JOIN gateway.people p ON p.id = g.person_id
 WHERE g.guardian_id = {PERSON} AND (g.told_of IS NULL OR g.told_of > now())
"""


def upgrade() -> None:
    """Replaces the view. Its columns and its readers stay."""
    for statement in (
        f"GRANT SELECT (told_of) ON gateway.guardians TO {OWNER}",
        f"SET LOCAL ROLE {OWNER}",
        _CHILDREN,
        "SET LOCAL ROLE voxbus_gateway",
    ):
        op.execute(statement)
