"""Stores exports: who has asked for a copy of everything about whom, and where it lies. Nothing else writes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.delivery.export_part import EXPORTS, index_key
from chassis.handler import Rows
from chassis.storage.database import Database, Transaction
from chassis.storage.sealed_stream import piece_keys
from chassis.storage.statement import Repeatable

#: the prefix below which the files of exports lie
FOLDER = EXPORTS

State = Literal["pending", "ready", "failed", "cancelled", "expired"]

_ID, _PERSONS = sa.bindparam("id", type_=PgUUID()), sa.bindparam("persons", type_=ARRAY(PgUUID()))
# $1 person: of two requests at a time one waits for the other
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('export ' || $1::uuid, 0))"
# $1 person
_IS_OPEN = """
SELECT EXISTS (SELECT FROM exports AS e JOIN jobs AS j ON j.id = e.id
                WHERE e.person_id = $1 AND j.finished_at IS NULL) AS open
"""
_ADD = "INSERT INTO exports (id, person_id, owner_id) VALUES ({}, {}, {}) ON CONFLICT (id) DO NOTHING"
_ADD_SEEN = sa.text(_ADD.format(":id", ":person", ":owner")).bindparams(
    _ID, sa.bindparam("person", type_=PgUUID()), sa.bindparam("owner", type_=PgUUID())
)
# No row: this part was there, or the archive is. The row's lock lets only one of the parts be the last.
_ADD_PART = (
    sa.text(
        """
UPDATE exports SET parts = parts || jsonb_build_object(
         CAST(:service AS text), jsonb_build_object('place', CAST(:place AS text), 'size', CAST(:size AS bigint)))
 WHERE id = :id AND NOT parts ? CAST(:service AS text) AND size IS NULL
RETURNING person_id, parts
"""
    )
    .bindparams(_ID)
    .columns(person_id=PgUUID(), parts=JSONB)
)
_FINISH = sa.text(
    """
UPDATE exports SET archive = :archive, size = :size, sha256 = :sha256, parts = '{}'::jsonb, expires_at = now() + :kept
 WHERE id = :id AND size IS NULL RETURNING expires_at
"""
).bindparams(_ID, sa.bindparam("kept", type_=sa.Interval()))
_SHOWN = """
SELECT e.id, e.person_id, e.owner_id, e.created_at, e.expires_at, e.archive, e.size, e.sha256, e.parts, j.status,
       e.expires_at <= now() AS expired
  FROM exports AS e JOIN jobs AS j ON j.id = e.id
"""
# $1 id
_READ = Repeatable(f"{_SHOWN} WHERE e.id = $1")
# $1 owner $2 the cursor $3 limit
_PAGE = Repeatable(f"{_SHOWN} WHERE e.owner_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3")
_FORGET = (
    sa.text(
        "DELETE FROM exports WHERE person_id = ANY(:persons) OR owner_id = ANY(:persons) RETURNING archive, size, parts"
    )
    .bindparams(_PERSONS)
    .columns(archive=sa.Text, size=sa.BigInteger, parts=JSONB)
)
# when the oldest archive was made, by how long each is kept from then on ($1)
_OLDEST = Repeatable("SELECT min(expires_at) - $1::interval AS oldest FROM exports WHERE archive IS NOT NULL")
# $1 until when archives were made $2 how long each is kept from then on $3 limit
_DUE = """
SELECT id, archive, size FROM exports WHERE archive IS NOT NULL AND expires_at <= $1::timestamptz + $2::interval
 ORDER BY expires_at, id LIMIT $3 FOR UPDATE SKIP LOCKED
"""
# $1 ids
_EMPTY = "UPDATE exports SET archive = NULL WHERE id = ANY($1::uuid[])"
# $1 ids: those whose files are wanted still
_WANTED = Repeatable("""
SELECT e.id, e.archive, j.finished_at IS NULL AS open FROM exports AS e JOIN jobs AS j ON j.id = e.id
 WHERE e.id = ANY($1::uuid[]) AND (e.archive IS NOT NULL OR j.finished_at IS NULL)
""")


@dataclass(frozen=True, kw_only=True, slots=True)
class Export:
    """Holds an export. `archive` is the place of its file while there is one; `parts` the places of those written."""

    id: UUID
    person: UUID
    owner: UUID
    state: State
    created_at: datetime
    expires_at: datetime | None
    archive: str | None
    size: int | None
    sha256: str | None
    parts: Mapping[str, Mapping[str, Any]]


async def lock(tx: Transaction, person: UUID) -> None:
    """Makes other requests for a copy of the same person's data wait until the end of the transaction."""
    await tx.fetch(_LOCK, person)


async def is_open(tx: Transaction, person: UUID) -> bool:
    """Tells whether a copy of a person's data is being made."""
    [row] = await tx.fetch(_IS_OPEN, person)
    return bool(row.open)


async def add(tx: Transaction, id: UUID, person: UUID, owner: UUID) -> None:
    """Adds the export of a job that was accepted."""
    await tx.fetch(_ADD.format("$1", "$2", "$3"), id, person, owner)


async def add_seen(rows: Rows, id: UUID, person: UUID, owner: UUID) -> None:
    """Adds the export of a job that has begun, unless it was added when the job was accepted."""
    await rows.execute(_ADD_SEEN, {"id": id, "person": person, "owner": owner})


async def add_part(rows: Rows, id: UUID, service: str, place: str, size: int) -> tuple[UUID, set[str]] | None:
    """Notes a service's part; returns the person and all services whose parts are there. None: it is not wanted."""
    given = {"id": id, "service": service, "place": place, "size": size}
    found = (await rows.execute(_ADD_PART, given)).first()
    return None if found is None else (found.person_id, set(found.parts))


async def finish(rows: Rows, id: UUID, archive: str, size: int, sha256: str, kept: timedelta) -> datetime | None:
    """Notes where the archive is; returns until when it is `kept`. None: there is one, or nobody wants it."""
    given = {"id": id, "archive": archive, "size": size, "sha256": sha256, "kept": kept}
    found = (await rows.execute(_FINISH, given)).first()
    return None if found is None else found.expires_at


async def read(database: Database, id: UUID) -> Export | None:
    """Returns an export."""
    rows = await database.fetch(_READ, id)
    return _export(rows[0]) if rows else None


async def page(database: Database, owner: UUID, before: UUID, limit: int) -> list[Export]:
    """Returns a page of what somebody has asked for, the newest first."""
    return [_export(row) for row in await database.fetch(_PAGE, owner, before, limit)]


async def forget(rows: Rows, persons: Sequence[UUID]) -> list[str]:
    """Deletes the exports of persons, and those that they have asked for; returns the keys of their files."""
    found = (await rows.execute(_FORGET, {"persons": list(persons)})).all()
    return [key for row in found for key in [*_archive_keys(row), *part_keys(row.parts)]]


async def oldest(database: Database, kept: timedelta) -> datetime | None:
    """Returns when the oldest archive was made. `kept`: how long each is kept."""
    [row] = await database.fetch(_OLDEST, kept)
    moment: datetime | None = row.oldest
    return moment


async def empty(tx: Transaction, until: datetime, kept: timedelta, limit: int) -> list[str]:
    """Forgets where archives are that were made by a moment; returns the keys of their files, if there are any."""
    rows = await tx.fetch(_DUE, until, kept, limit)
    await tx.fetch(_EMPTY, [row.id for row in rows])
    return [key for row in rows for key in _archive_keys(row)]


async def wanted(database: Database, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """Returns which exports' files are wanted: by id the place of the archive, None while it is being made."""
    return {row.id: row.archive for row in await database.fetch(_WANTED, list(ids))}


def of_file(key: str) -> UUID | None:
    """Returns the export that a file belongs to by its key; None for a file of no export."""
    try:
        return UUID(key.removeprefix(f"{FOLDER}/").partition("/")[0])
    except ValueError:
        return None


def is_wanted(key: str, wanted: Mapping[UUID, str | None]) -> bool:
    """Tells whether a file is wanted: all while the export is being made, then those of the archive."""
    id = of_file(key)
    if id is None or id not in wanted:
        return False
    archive = wanted[id]
    return archive is None or key.startswith(f"{archive}/")


def part_keys(parts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Returns the keys of the files of parts."""
    return [
        key for part in parts.values() for key in (*piece_keys(part["place"], part["size"]), index_key(part["place"]))
    ]


def _archive_keys(row: Row[Any]) -> list[str]:
    return [] if row.archive is None else piece_keys(row.archive, row.size)


def _export(row: Row[Any]) -> Export:
    return Export(
        id=row.id,
        person=row.person_id,
        owner=row.owner_id,
        state=_state(row),
        created_at=row.created_at,
        expires_at=None if row.size is None else row.expires_at,
        archive=row.archive,
        size=row.size,
        sha256=row.sha256,
        parts=row.parts,
    )


def _state(row: Row[Any]) -> State:
    if row.size is not None:
        return "expired" if row.expired or row.archive is None else "ready"
    if row.status == "cancelled":
        return "cancelled"
    return "failed" if row.status == "failed" else "pending"
