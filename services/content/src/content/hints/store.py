"""Reads and writes hints in the database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from content.hints.tables import hints, model_roles
from contracts.feedback import RolesAnswered

#: stands for the run of a lesson that was never begun again
FIRST_RUN = datetime(1970, 1, 1, tzinfo=UTC)


def one(id: UUID, person: UUID) -> sa.Select[Any]:
    """Selects one of a person's hints, by its id or that of another job that asked for it at the same time."""
    named = sa.or_(hints.c.id == id, sa.literal(id) == sa.any_(hints.c.asked_as))
    return sa.select(hints).where(hints.c.person_id == person, named)


async def given(rows: Rows, person: UUID, lesson: UUID, exercise: str, run: datetime | None) -> Mapping[int, Row[Any]]:
    """Reads the hints that a person was given for an exercise in a run of its lesson, by level."""
    mine = sa.select(hints).where(
        hints.c.person_id == person,
        hints.c.lesson_id == lesson,
        hints.c.exercise_id == exercise,
        hints.c.run == (run or FIRST_RUN),
    )
    return {row.level: row for row in await rows.execute(mine)}


async def add(rows: Rows, id: UUID, person: UUID, run: datetime | None, *, cost_usd: str, **values: Any) -> Row[Any]:
    """Adds a hint. The caller holds the lock of the person."""
    values |= {"person_id": person, "run": run or FIRST_RUN, "cost_usd": Decimal(cost_usd)}
    return (await rows.execute(sa.insert(hints).values(id=id, **values).returning(hints))).one()


async def ask_again(rows: Rows, id: UUID, asked_as: UUID) -> None:
    """Notes the id under which another job has asked for a hint that was given meanwhile."""
    added = sa.func.array_append(hints.c.asked_as, asked_as)
    await rows.execute(sa.update(hints).where(hints.c.id == id).values(asked_as=added))


async def written_today(rows: Rows, person: UUID) -> int:
    """Counts the hints of models that a person was given on this day of UTC."""
    day = sa.func.date_trunc("day", sa.func.now(), "UTC")
    mine = sa.select(sa.func.count()).where(
        hints.c.person_id == person, hints.c.created_at >= day, hints.c.source != "authored"
    )
    return int((await rows.execute(mine)).scalar_one())


async def note_roles(rows: Rows, told: RolesAnswered) -> None:
    """Notes for which roles models answer, unless something later was told."""
    values = {"roles": list(told.roles), "at": told.at}
    added = insert(model_roles).values(id=1, **values)
    later = model_roles.c.at < added.excluded.at
    await rows.execute(added.on_conflict_do_update(index_elements=["id"], set_=values, where=later))


async def answers_by_models(rows: Rows, role: str) -> bool:
    """Tells whether models answer for a role; not, before anybody has told so."""
    found = sa.select(sa.literal(role) == sa.any_(model_roles.c.roles))
    return bool((await rows.execute(found)).scalar())
