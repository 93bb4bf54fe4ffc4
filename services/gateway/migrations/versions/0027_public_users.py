"""Lets people read their own row of `users` in schema `public_api`: their account, with what they have earned."""

from __future__ import annotations

from alembic import op

from chassis.storage.public_view_v1 import PERSON, create_public_view

revision = "0027_public_users"
down_revision = "0025_children_come_of_age"

_USERS = f"""
SELECT p.id AS user_id, p.email, p.username,
       (SELECT coalesce(sum(a.xp), 0)::integer FROM content.xp_awards a WHERE a.person_id = p.id) AS xp_points,
       coalesce((SELECT s.streak FROM content.standings s WHERE s.person_id = p.id), 0) AS current_streak, p.created_at
  FROM gateway.people p WHERE p.id = {PERSON}
"""
_STANDINGS_ARE_HERE = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'content' AND c.relname = 'standings'
"""


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup. `users` only beside content's tables."""
    if op.get_bind().exec_driver_sql(_STANDINGS_ARE_HERE).scalar():
        create_public_view(op.execute, "gateway", "users", _USERS, reads={})
