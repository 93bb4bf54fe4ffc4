"""Names the table of twisters' progress after them: lessons have a progress of their own.

The last release runs on while it is replaced: under the name that it knows there is a view, through which it reads and
writes the same rows. Its retention finds rows by `ctid`, so the view has that, too.
"""

from __future__ import annotations

from alembic import op

revision = "0021_twister_progress"
down_revision = "0020_events_taken"

_STATEMENTS = (
    "ALTER TABLE progress RENAME TO twister_progress",
    "ALTER INDEX progress_pkey RENAME TO twister_progress_pkey",
    """
    CREATE VIEW progress AS
    SELECT person_id, sound, attempts, score, recent, difficulty, trend, ctid FROM twister_progress
    """,
)


def upgrade() -> None:
    """Renames the table in one transaction with its view. The way back is to restore a backup."""
    for statement in _STATEMENTS:
        op.execute(statement)
