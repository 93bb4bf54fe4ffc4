"""Adds an index by which the networks of security events are forgotten after 30 days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_networks_of_events"
down_revision = "0008_stream_tickets"


def upgrade() -> None:
    """Makes the index."""
    op.create_index(
        "security_events_networks", "security_events", ["time"], postgresql_where=sa.text("network IS NOT NULL")
    )
