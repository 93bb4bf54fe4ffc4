"""Lets a ticket open its own stream again, and tells which sign-in it comes from and when its streams end.

All new columns may be null: a gateway of the last release inserts rows without them, and uses them by deleting the row.
"""

from __future__ import annotations

from alembic import op

revision = "0008_stream_tickets"
down_revision = "0007_open_jobs_of_person"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE tickets ADD COLUMN job_id uuid, ADD COLUMN session_id uuid, ADD COLUMN ends_at timestamptz")
