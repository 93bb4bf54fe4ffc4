"""Reads and writes the totals of a person, with which the next hand-in goes on instead of adding up everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert

from chassis.handler import Rows
from chassis.storage.statement import constant, insert_of
from content.gamification import store
from content.gamification.streak import Kept
from content.gamification.tables import learned_days, standings, xp_awards


def _note() -> Insert:
    names = ("streak", "xp", "reviews", *(f"kept_{name}" for name in Kept._fields))
    noted = insert_of(standings, ("person_id", *names)).values(updated_at=sa.func.now(), noted_at=sa.func.now())
    new = {name: noted.excluded[name] for name in (*names, "updated_at", "noted_at")}
    return noted.on_conflict_do_update(index_elements=["person_id"], set_=new)


_NOTED = constant(sa.select(standings).where(standings.c.person_id == sa.bindparam("person")))
_NOTE = constant(_note())


@dataclass(frozen=True, slots=True)
class Totals:
    """Holds all XP and reviews of a person, and the streak with which the fold goes on; None: from the first day."""

    xp: int
    reviews: int
    kept: Kept | None = None


async def read_totals(rows: Rows, person: UUID) -> Totals:
    """Reads a person's totals; adds them up where nothing is noted, or the release before has written since."""
    found = await rows.execute(_NOTED, {"person": person})
    row = found.mappings().first()
    noted = None if row is None else totals_of(row)
    return await count_totals(rows, person) if noted is None else noted


def totals_of(row: Mapping[Any, Any]) -> Totals | None:
    """Returns the totals of a row of `standings`; None where they are not those of now."""
    if row["noted_at"] != row["updated_at"]:
        return None
    kept = Kept(*(row[f"kept_{name}"] for name in Kept._fields)) if row["kept_until"] is not None else None
    return Totals(row["xp"], row["reviews"], kept)


async def count_totals(rows: Rows, person: UUID) -> Totals:
    """Adds up a person's XP and reviews."""
    xp = await store.total(rows, xp_awards.c.xp, xp_awards.c.person_id == person)
    reviews = await store.total(rows, learned_days.c.reviews, learned_days.c.person_id == person)
    return Totals(xp, reviews)


async def note_totals(rows: Rows, person: UUID, streak: int, totals: Totals) -> None:
    """Notes how long the streak is that is told of now, and the totals."""
    values: dict[str, Any] = {"streak": streak, "xp": totals.xp, "reviews": totals.reviews}
    values |= {f"kept_{name}": getattr(totals.kept, name, None) for name in Kept._fields}
    await rows.execute(_NOTE, {"person_id": person, **values})


async def forget_totals(rows: Rows, person: UUID) -> None:
    """Has a person's totals added up anew when they are read next."""
    await rows.execute(sa.update(standings).where(standings.c.person_id == person).values(noted_at=None))
