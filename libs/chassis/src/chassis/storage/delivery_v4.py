"""The fourth step of the chassis's tables: when a media deletion was last tried. Frozen like the others."""

from __future__ import annotations

from collections.abc import Callable

_STATEMENTS = (
    "ALTER TABLE media_deletions ADD COLUMN tried_at timestamptz",
    "DROP INDEX media_deletions_due",
    """
    CREATE INDEX media_deletions_due ON media_deletions (tried_at NULLS FIRST, requested_at) WHERE deleted_at IS NULL
    """,
)


def add_media_tried(execute: Callable[[str], object]) -> None:
    """Adds the column in the current schema; `execute` is Alembic's `op.execute`."""
    for statement in _STATEMENTS:
        execute(statement)
