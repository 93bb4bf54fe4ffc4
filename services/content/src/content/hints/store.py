"""Reads and writes hints in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from content.hints.tables import hints

#: stands for the run of a lesson that was never begun again
FIRST_RUN = datetime(1970, 1, 1, tzinfo=UTC)


def one(id: UUID, person: UUID) -> sa.Select[Any]:
    """Selects one of a person's hints."""
    return sa.select(hints).where(hints.c.id == id, hints.c.person_id == person)


async def given(rows: Rows, person: UUID, lesson: UUID, exercise: str, run: datetime | None) -> Mapping[int, Row[Any]]:
    """Reads the hints that a person was given for an exercise in a run of its lesson, by level."""
    mine = sa.select(hints).where(
        hints.c.person_id == person,
        hints.c.lesson_id == lesson,
        hints.c.exercise_id == exercise,
        hints.c.run == (run or FIRST_RUN),
    )
    return {row.level: row for row in await rows.execute(mine)}


async def add(rows: Rows, id: UUID, person: UUID, run: datetime | None, **values: Any) -> Row[Any]:
    """Adds a hint. The caller holds the lock of the person."""
    added = sa.insert(hints).values(id=id, person_id=person, run=run or FIRST_RUN, **values).returning(hints)
    return (await rows.execute(added)).one()
