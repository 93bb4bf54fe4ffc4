"""Reads and writes the catalogue of twisters."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from content.twisters.seed import Twister
from content.twisters.tables import seeded_twisters, twisters


async def seed(rows: Rows, catalogue: Sequence[Twister]) -> None:
    """Adds the packaged twisters that were never seeded here.

    Whatever was seeded once belongs to its authors: no later start changes it or brings it back.
    """
    if not catalogue:
        return
    ordered = sorted(catalogue, key=lambda t: t.id)
    known = insert(seeded_twisters).values([{"id": t.id} for t in ordered]).on_conflict_do_nothing()
    new = set((await rows.execute(known.returning(seeded_twisters.c.id))).scalars())
    added = [
        {"id": t.id, "text": t.text, "language": t.language, "difficulty": t.difficulty, "sounds": list(t.sounds)}
        for t in ordered
        if t.id in new
    ]
    if added:
        await rows.execute(insert(twisters).values(added).on_conflict_do_nothing())


async def catalogue(rows: Rows) -> list[Twister]:
    """Reads all twisters."""
    found = await rows.execute(sa.select(twisters).order_by(twisters.c.id))
    return [Twister(r.id, r.text, r.language, r.difficulty, tuple(r.sounds)) for r in found]
