"""Holds what operators ask for: which events, jobs or dead letters."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Filters:
    """Holds the filters that all commands and admin routes share; what is None or empty filters nothing.

    `since` belongs to it and `until` does not. `kind` is a job kind. `limit` None means the command's own.
    """

    since: datetime | None = None
    until: datetime | None = None
    types: tuple[str, ...] = ()
    job: UUID | None = None
    person: UUID | None = None
    kind: str | None = None
    limit: int | None = None
