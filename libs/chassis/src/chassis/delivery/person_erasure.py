"""Erases a person in a service: drops the keys, remembers the person, deletes the rows.

The person's key is already destroyed, so only a process that still has a copy, for a minute, can decrypt their data.
Rows that such a process or a late message still writes are deleted by the hourly maintenance.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.handler import Deps, FastHandler, Rows, Unit, handles
from chassis.storage.keys import Keys
from chassis.storage.person_lock import lock_erasure
from contracts.base import PersonErased

ERASE_HANDLER = "erase_people"

#: deletes the rows about some persons; repeating it changes nothing
Erase = Callable[[Rows, Sequence[UUID]], Awaitable[None]]

_TABLE = "erased_people"
_REMEMBER = sa.text(
    f"INSERT INTO {_TABLE} (person_id) SELECT unnest(:persons) ORDER BY 1 ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("persons", type_=ARRAY(PgUUID())))


def erase_handler(erase: Erase, keys: Keys) -> FastHandler[PersonErased, Deps]:
    """Makes a service's handler of `PersonErased`, which drops keys, remembers the persons and deletes their rows."""

    async def erase_people(events: Sequence[PersonErased], deps: Deps, unit: Unit) -> None:
        persons = sorted({event.person_id for event in events})
        keys.forget(persons)
        await lock_erasure(unit, persons)  # a later statement sees the commits that this one waited for
        await remember_erased(unit, persons)
        await erase(unit, persons)

    return handles(PersonErased, batch=100)(erase_people)


async def remember_erased(rows: Rows, persons: Sequence[UUID]) -> None:
    """Writes persons into the service's `erased_people`."""
    await rows.execute(_REMEMBER, {"persons": list(persons)})


def rows_about(metadata: sa.MetaData, *, keep: Collection[str] = ()) -> Erase:
    """Makes an `Erase` that deletes from all tables with a column `person_id`, except those in `keep`."""
    tables = [
        table
        for table in reversed(metadata.sorted_tables)
        if "person_id" in table.c and table.name not in {_TABLE, *keep}
    ]

    async def erase(rows: Rows, persons: Sequence[UUID]) -> None:
        for table in tables:
            column: sa.ColumnElement[Any] = table.c.person_id
            await rows.execute(sa.delete(table).where(column.in_(persons)))

    return erase
