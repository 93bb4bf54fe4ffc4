"""Makes room for hints of models: under which ids one was asked for, and for which roles models answer."""

from __future__ import annotations

from alembic import op

revision = "0013_hints_of_models"
down_revision = "0012_folds"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute("ALTER TABLE hints ADD COLUMN asked_as uuid[] NOT NULL DEFAULT '{}'")
    op.execute("CREATE TABLE model_roles (id smallint PRIMARY KEY, roles text[] NOT NULL, at timestamptz NOT NULL)")
