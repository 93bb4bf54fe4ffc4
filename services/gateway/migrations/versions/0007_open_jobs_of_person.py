"""Adds an index by which the open jobs of one person are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_open_jobs_of_person"
down_revision = "0006_edge"


def upgrade() -> None:
    """Makes the index."""
    op.create_index("jobs_open_of_person", "jobs", ["person_id"], postgresql_where=sa.text("finished_at IS NULL"))
