"""Adds the view of the jobs for which a service has open work: `api.<service>_open_v1(job_id, since)`."""

from __future__ import annotations

from alembic import op

revision = "0003_open_view"
down_revision = "0002_erased_people"

#: an id's first 48 bits are milliseconds since 1970 (RFC 9562, UUIDv7); Postgres before 18 has no function for it
_SINCE = "to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) AS since"

# The schema has the service's name. A row for each message of a job that the inbox has not settled or the outbox still
# holds; `since` it was said.
_VIEW = f"""
DO $do$ BEGIN EXECUTE format($view$
  CREATE VIEW api.%I AS
  SELECT job_id, {_SINCE} FROM inbox WHERE done_at IS NULL AND job_id IS NOT NULL
   UNION ALL
  SELECT job_id, {_SINCE} FROM outbox WHERE job_id IS NOT NULL
$view$, current_schema() || '_open_v1'); END $do$
"""


def upgrade() -> None:
    """Expands only: a way back is a restore."""
    op.execute(_VIEW)
