"""Adds a function that accepting calls: an erasure waits for the accept, and an accept learns of the erasure.

Each statement within it sees what was committed before that statement, also while the one that calls it waited for the
lock. The lock is that of `chassis.storage.person_lock.SHARE_PEOPLE`.
"""

from __future__ import annotations

from alembic import op

revision = "0005_share_people"
down_revision = "0004_one_line"

_SHARE_PEOPLE = """
CREATE FUNCTION share_people(people uuid[]) RETURNS uuid[] LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(key)
     FROM (SELECT DISTINCT hashtextextended('erasure ' || current_schema() || person, 0) AS key
             FROM unnest(people::text[]) AS person ORDER BY key) AS in_one_order;
  RETURN ARRAY(SELECT person_id FROM erased_people WHERE person_id = ANY(people));
END
$$
"""


def upgrade() -> None:
    """Makes `share_people(people)`, which returns those of the people who were erased."""
    op.execute(_SHARE_PEOPLE)
