"""Indexes a person's jobs of one kind: a page of attempts is read without the quick writes between them."""

from __future__ import annotations

from alembic import op

revision = "0003_jobs_of_kind"
down_revision = "0001"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("CREATE INDEX jobs_of_person_and_kind ON jobs (person_id, kind, id)")
