"""Adds an index on the time of the log's rows: operators ask for what happened within an hour."""

from __future__ import annotations

from alembic import op

revision = "0029_log_time"
down_revision = "0028_operator_acts"


def upgrade() -> None:
    op.execute("CREATE INDEX log_time ON log (time)")
