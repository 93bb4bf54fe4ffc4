"""Defines the table of recipients outside as its migrations create it. Frozen: a change is a new file."""

from __future__ import annotations

from collections.abc import Callable

_TABLE = """
CREATE TABLE recipients (
  person_id uuid, recipient text, own_key boolean, first_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person_id, recipient, own_key)
)
"""


def create_recipients(execute: Callable[[str], object]) -> None:
    """Creates the table in the current schema; `execute` is Alembic's `op.execute`."""
    execute(_TABLE)
