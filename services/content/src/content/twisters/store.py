"""Reads and writes the catalogue of twisters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.storage.statement import constant
from chassis.storage.tables import NEXT_VERSION
from chassis.web.etag import IfMatch
from chassis.web.patch import Patch, fields_of
from chassis.web.rows import lock_row
from content.twisters.seed import Twister
from content.twisters.tables import seeded_twisters, twisters
from content.twisters.twister import TwisterFields, words_of

#: $id
ONE = constant(sa.select(twisters).where(twisters.c.id == sa.bindparam("id")))


async def add(rows: Rows, twister_id: UUID, fields: TwisterFields) -> Row[Any]:
    """Adds a twister."""
    await _fill_words(rows)
    values = {"id": twister_id, "words": words_of(fields.text), **fields.model_dump()}
    return (await rows.execute(sa.insert(twisters).values(values).returning(twisters))).one()


async def edit(rows: Rows, twister_id: UUID, patch: Patch[TwisterFields], if_match: IfMatch) -> Row[Any]:
    """Edits a twister; returns it as it stands afterwards."""
    await _fill_words(rows)
    twister = await lock_row(rows, ONE, if_match, id=twister_id)
    changes = patch.changes(fields_of(TwisterFields, twister))
    if "text" in changes:
        changes["words"] = words_of(changes["text"])
    edited = sa.update(twisters).where(twisters.c.id == twister_id).values(changes | NEXT_VERSION).returning(twisters)
    return (await rows.execute(edited)).one() if changes else twister


async def delete(rows: Rows, twister_id: UUID, if_match: IfMatch) -> None:
    """Deletes a twister."""
    await lock_row(rows, ONE, if_match, id=twister_id)
    await rows.execute(sa.delete(twisters).where(twisters.c.id == twister_id))


async def catalogue(rows: Rows) -> list[Twister]:
    """Reads all twisters."""
    found = await rows.execute(sa.select(twisters).order_by(twisters.c.id))
    return [Twister(r.id, r.text, r.language, r.difficulty, tuple(r.sounds)) for r in found]


async def seed(rows: Rows, catalogue: Sequence[Twister]) -> None:
    """Adds the packaged twisters that were never seeded here.

    A seeded twister belongs to the authors: no later start changes it or restores it. A twister with the same words as
    an author's is left out.
    """
    if not catalogue:
        return
    ordered = sorted(catalogue, key=lambda t: t.id)
    known = insert(seeded_twisters).values([{"id": t.id} for t in ordered]).on_conflict_do_nothing()
    new = set((await rows.execute(known.returning(seeded_twisters.c.id))).scalars())
    added = [
        {
            "id": t.id,
            "text": t.text,
            "words": words_of(t.text),
            "language": t.language,
            "difficulty": t.difficulty,
            "sounds": list(t.sounds),
        }
        for t in ordered
        if t.id in new
    ]
    if added:
        await _fill_words(rows)
        await rows.execute(insert(twisters).values(added).on_conflict_do_nothing())


async def _fill_words(rows: Rows) -> None:
    """Fills in the words of twisters that the last release has added, as the migration does."""
    missing = sa.select(twisters).where(twisters.c.words.is_(None)).order_by(twisters.c.id).with_for_update()
    for row in (await rows.execute(missing)).all():
        words = words_of(row.text)
        same = sa.select(twisters.c.id).where(twisters.c.language == row.language, twisters.c.words == words)
        if (await rows.execute(same)).first() is not None:
            words = f"{words} {row.id.hex}".lstrip()
        await rows.execute(sa.update(twisters).where(twisters.c.id == row.id).values(words=words))
