"""Adds the demo service's tables."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("CREATE TABLE effects_done (key text NOT NULL, by text NOT NULL)")
