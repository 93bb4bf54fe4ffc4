"""The chassis's tables and what a job of the bench writes."""

from __future__ import annotations

from alembic import op

from chassis.storage.delivery_v1 import create_delivery_tables
from chassis.storage.delivery_v2 import create_erased_people

revision = "0001"
down_revision = None


def upgrade() -> None:
    """A database of the bench lives as long as its run."""
    create_delivery_tables(op.execute)
    create_erased_people(op.execute)
    op.execute("CREATE TABLE results (id uuid PRIMARY KEY, text text NOT NULL)")
