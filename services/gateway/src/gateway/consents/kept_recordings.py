"""Notes which recordings are kept after use: those of whom that was agreed to, as long as it holds, for a year at most.

A copy is sealed with the person's key and written before the job is accepted; the row that names it comes with the job.
Whoever deletes rows here asks for the deletion of what they name, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.delivery.media_deletion import ask_deletion
from chassis.handler import Rows
from chassis.privacy.law import Pair
from chassis.storage.database import Database, Transaction
from chassis.storage.statement import Repeatable

#: what has to be agreed to
KEEP: Pair = ("keep_recordings", "voxbus")
#: the prefix below which kept recordings lie
FOLDER = "kept"

_PERSONS = sa.bindparam("persons", type_=ARRAY(PgUUID()))
_FORGET = (
    sa.text("DELETE FROM kept_recordings WHERE person_id = ANY(:persons) RETURNING id")
    .bindparams(_PERSONS)
    .columns(id=PgUUID())
)
# $1 id $2 person $3 type $4 bytes
_ADD = "INSERT INTO kept_recordings (id, person_id, media_type, size) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
# $1 until when they were kept first $2 limit
_DELETE_OLD = """
DELETE FROM kept_recordings WHERE id IN (
  SELECT id FROM kept_recordings WHERE created_at <= $1 ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED
) RETURNING id
"""
_OLDEST = Repeatable("SELECT min(created_at) AS oldest FROM kept_recordings")
# $1 the last one $2 limit
_PERSONS_AFTER = Repeatable(
    "SELECT DISTINCT person_id FROM kept_recordings WHERE person_id > $1 ORDER BY person_id LIMIT $2"
)
# $1 ids
_THERE = Repeatable("SELECT id FROM kept_recordings WHERE id = ANY($1::uuid[])")


def kept_key(attempt_id: UUID) -> str:
    """Returns the key of an attempt's kept recording."""
    return f"{FOLDER}/{attempt_id}"


def attempt_of(key: str) -> UUID | None:
    """Returns the attempt whose recording lies at a key; None for an object of none."""
    try:
        return UUID(key.removeprefix(f"{FOLDER}/"))
    except ValueError:
        return None


async def add(tx: Transaction, attempt_id: UUID, person: UUID, media_type: str, size: int) -> None:
    """Notes a recording that was written."""
    await tx.fetch(_ADD, attempt_id, person, media_type, size)


async def forget(rows: Rows, persons: Sequence[UUID]) -> list[str]:
    """Deletes the rows of persons, and asks for the deletion of what they name; returns its keys."""
    found = (await rows.execute(_FORGET, {"persons": list(persons)})).scalars().all()
    keys = [kept_key(id) for id in sorted(found)]
    await ask_deletion(rows, keys)
    return keys


async def delete_old(tx: Transaction, until: datetime, limit: int) -> int:
    """Deletes rows that were written by a moment, and asks for the deletion of what they name; returns how many."""
    found = await tx.fetch(_DELETE_OLD, until, limit)
    await ask_deletion(tx, [kept_key(row.id) for row in found])
    return len(found)


async def oldest(database: Database) -> datetime | None:
    """Returns when the oldest was kept."""
    [row] = await database.fetch(_OLDEST)
    moment: datetime | None = row.oldest
    return moment


async def persons_after(database: Database, last: UUID, limit: int) -> list[UUID]:
    """Returns those of whom something is kept, in the order of their ids."""
    return [row.person_id for row in await database.fetch(_PERSONS_AFTER, last, limit)]


async def there(database: Database, ids: Collection[UUID]) -> set[UUID]:
    """Returns of which of these attempts the recording is kept."""
    return {row.id for row in await database.fetch(_THERE, list(ids))} if ids else set()
