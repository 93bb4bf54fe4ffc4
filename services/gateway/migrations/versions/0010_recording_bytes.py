"""Adds to a job the bytes of its recording, which is kept until the job ends."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010_recording_bytes"
down_revision = "0009_networks_of_events"


def upgrade() -> None:
    """Makes the column, which the last release leaves null."""
    op.add_column("jobs", sa.Column("recording_bytes", sa.BigInteger))
