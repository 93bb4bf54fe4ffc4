"""Reads and writes each person's progress and next twister."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, insert

from chassis.handler import Rows, Unit
from chassis.storage.person_lock import lock_people
from content.twisters.progress import SoundProgress
from content.twisters.tables import folded_attempts, twister_progress, twisters

#: how many of a person's last twisters are remembered when the next is chosen
RECENT = 10


@dataclass(frozen=True, slots=True)
class ProgressApplied:
    """Holds one folded attempt with the twister chosen after it; None if there was no twister to choose."""

    attempt_id: UUID
    person_id: UUID
    twister_id: UUID | None
    next_twister_id: UUID | None


async def lock_progress(unit: Rows, people: Collection[UUID]) -> dict[tuple[UUID, str], SoundProgress]:
    """Reads the progress of some people, locked against changes by others until the end of the unit."""
    await lock_people(unit, people)  # a person's first assessments find no row to lock
    rows = await unit.execute(sa.select(twister_progress).where(twister_progress.c.person_id.in_(people)))
    return {(r.person_id, r.sound): SoundProgress(r.attempts, r.score, r.recent, r.difficulty) for r in rows}


async def folded(rows: Rows, attempts: Collection[UUID]) -> set[UUID]:
    """Returns those attempts that were folded before."""
    column = folded_attempts.c.attempt_id
    return set((await rows.execute(sa.select(column).where(column.in_(attempts)))).scalars())


async def save_progress(unit: Rows, changed: Mapping[tuple[UUID, str], SoundProgress]) -> None:
    """Writes the folded progress, in key order."""
    if not changed:
        return
    rows = [
        {
            "person_id": person,
            "sound": sound,
            "attempts": p.attempts,
            "score": p.score,
            "recent": p.recent,
            "difficulty": p.difficulty,
            "trend": p.trend,
        }
        for (person, sound), p in sorted(changed.items())
    ]
    new = insert(twister_progress).values(rows)
    update = {name: new.excluded[name] for name in ("attempts", "score", "recent", "difficulty", "trend")}
    await unit.execute(new.on_conflict_do_update(index_elements=["person_id", "sound"], set_=update))


async def recent_twisters(unit: Rows, people: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Reads the last twisters of some people, newest first."""
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in await unit.execute(recent(people)):
        found[row.person_id].append(row.twister_id)
    return found


def recent(people: Collection[UUID]) -> sa.Select[tuple[UUID, UUID]]:
    """Selects the last `RECENT` twisters of each person, newest first, without reading longer histories."""
    ids = sa.cast(sorted(people), ARRAY(sa.UUID))
    person = sa.func.unnest(ids).table_valued(sa.column("id", sa.UUID)).render_derived()
    newest = (folded_attempts.c.folded_at.desc(), folded_attempts.c.attempt_id.desc())
    last = (
        sa.select(folded_attempts)
        .where(folded_attempts.c.person_id == person.c.id, folded_attempts.c.twister_id.is_not(None))
        .order_by(*newest)
        .limit(RECENT)
        .lateral()
    )
    return (
        sa.select(last.c.person_id, last.c.twister_id)
        .select_from(person.join(last, sa.true()))
        .order_by(last.c.folded_at.desc(), last.c.attempt_id.desc())
    )


async def save_applied(unit: Unit, applied: Iterable[ProgressApplied]) -> None:
    """Stores which attempts were folded and which twister was chosen next."""
    rows = [
        {
            "attempt_id": f.attempt_id,
            "person_id": f.person_id,
            "twister_id": f.twister_id,
            "next_twister_id": f.next_twister_id,
        }
        for f in sorted(applied, key=lambda f: f.attempt_id)
    ]
    if rows:
        await unit.execute(insert(folded_attempts).values(rows).on_conflict_do_nothing())


async def sounds_of(rows: Rows, person: UUID) -> Sequence[Row[Any]]:
    """Reads the progress of one person, the weakest sound first."""
    own = sa.select(twister_progress).where(twister_progress.c.person_id == person)
    return (await rows.execute(own.order_by(twister_progress.c.score, twister_progress.c.sound))).all()


async def next_twister(rows: Rows, person: UUID) -> UUID | None:
    """Reads the twister chosen after a person's last attempt; None without one, or if it has been deleted since."""
    return (await rows.execute(following(person))).scalar()


def following(person: UUID) -> sa.Select[tuple[UUID]]:
    """Selects the twister chosen after the last attempt, without reading older ones."""
    newest = (folded_attempts.c.folded_at.desc(), folded_attempts.c.attempt_id.desc())
    last = (
        sa.select(folded_attempts.c.next_twister_id)
        .where(folded_attempts.c.person_id == person)
        .order_by(*newest)
        .limit(1)
        .subquery()
    )
    return sa.select(twisters.c.id).join(last, twisters.c.id == last.c.next_twister_id)
