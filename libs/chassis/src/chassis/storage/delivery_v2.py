"""The second step of the chassis's tables: who was erased. Frozen like the first."""

from __future__ import annotations

from collections.abc import Callable

_STATEMENTS = ("CREATE TABLE erased_people (person_id uuid PRIMARY KEY, erased_at timestamptz NOT NULL DEFAULT now())",)


def create_erased_people(execute: Callable[[str], object]) -> None:
    """Create it in the current schema; `execute` is Alembic's `op.execute`."""
    for statement in _STATEMENTS:
        execute(statement)
