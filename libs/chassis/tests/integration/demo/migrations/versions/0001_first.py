"""The demo service's tables."""

from alembic import op

from chassis.storage.delivery_v1 import create_delivery_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_delivery_tables(op.execute)
    op.execute("CREATE TABLE effects_done (key text NOT NULL, by text NOT NULL)")
