"""Notes which twisters of the packaged catalogue were ever seeded: those are their authors' from then on."""

from __future__ import annotations

from alembic import op

revision = "0002_seeded_twisters"
down_revision = "0001"

_STATEMENTS = (
    "CREATE TABLE seeded_twisters (id uuid PRIMARY KEY)",
    # until now every start has put all of the catalogue there
    "INSERT INTO seeded_twisters (id) SELECT id FROM twisters",
)


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
