"""Notes for which day a guardian was told that a child will decide alone."""

from __future__ import annotations

from alembic import op

revision = "0017_told_of_age"
down_revision = "0021_exports"


def upgrade() -> None:
    """Adds the column."""
    op.execute("ALTER TABLE guardians ADD COLUMN told_of timestamptz")
