"""Erases a person in a service: drops the keys, remembers the person, deletes the rows, and notes what is left to do.

The person's key is already destroyed, so only a process that still has a copy, for a minute, can decrypt their data.
Rows that such a process or a late message still writes are deleted by the hourly maintenance. `erasure_work` confirms.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from chassis.handler import Deps, FastHandler, Rows, Unit, handles
from chassis.storage.keys import Keys
from chassis.storage.person_lock import lock_erasure
from chassis.storage.tables import RECIPIENTS
from contracts.common import PersonErased

ERASE_HANDLER = "erase_people"

_TABLE = "erased_people"
#: tables of erasing itself
_OWN = frozenset({_TABLE, "erasure_work"})
_REMEMBER = sa.text(
    f"INSERT INTO {_TABLE} (person_id) SELECT unnest(:persons) ORDER BY 1 ON CONFLICT DO NOTHING"
).bindparams(sa.bindparam("persons", type_=ARRAY(PgUUID())))
_NOTE = sa.text(
    """
    INSERT INTO erasure_work AS w (person_id, erasure_id, counts, media, refs)
    VALUES (:person, :erasure, CAST(:counts AS jsonb), :media, :refs)
    ON CONFLICT (person_id) DO UPDATE
    SET erasure_id = coalesce(excluded.erasure_id, w.erasure_id), media = w.media + excluded.media,
        refs = ARRAY(SELECT DISTINCT unnest(w.refs || excluded.refs)),
        counts = (
          SELECT coalesce(jsonb_object_agg(name, number), '{}') FROM (
            SELECT name, sum(rows::bigint) AS number FROM (
              SELECT * FROM jsonb_each_text(w.counts) UNION ALL SELECT * FROM jsonb_each_text(excluded.counts)
            ) AS each (name, rows) GROUP BY name
          ) AS both_together
        )
    WHERE w.erasure_id IS DISTINCT FROM excluded.erasure_id
    """
).bindparams(
    sa.bindparam("person", type_=PgUUID()),
    sa.bindparam("erasure", type_=PgUUID()),
    sa.bindparam("refs", type_=ARRAY(sa.Text())),
)


class Erase(Protocol):
    """Describes what deletes the rows about some persons; repeating it changes nothing. `tables` may have such rows."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of the tables it deletes from."""

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table."""


def erase_handler(
    erase: Erase, keys: Keys, noted: Callable[[], None] = lambda: None, *, again: bool = False
) -> FastHandler[PersonErased, Deps]:
    """Makes a service's handler of `PersonErased`, which drops keys, remembers the persons and deletes their rows.

    It calls `noted` just before it leaves work for `ErasureWork`. `again`: the service has erased the person itself
    before it said so, and left its work then; only rows that were written since are left.
    """

    async def erase_people(events: Sequence[PersonErased], deps: Deps, unit: Unit) -> None:
        persons = sorted({event.person_id for event in events})
        keys.forget(persons)
        await lock_erasure(unit, persons)  # a later statement sees the commits that this one waited for
        await remember_erased(unit, persons)
        for event in events:
            counts = await erase(unit, [event.person_id])
            if again and counts:
                await note_work(unit, event.person_id, None, counts)
            elif not again and event.erasure_id is not None:
                await note_work(unit, event.person_id, event.erasure_id, counts)
        noted()

    return handles(PersonErased, batch=100)(erase_people)


async def remember_erased(rows: Rows, persons: Sequence[UUID]) -> None:
    """Writes persons into the service's `erased_people`."""
    await rows.execute(_REMEMBER, {"persons": list(persons)})


async def note_work(
    rows: Rows,
    person: UUID,
    erasure: UUID | None,
    counts: Mapping[str, int],
    *,
    media: int = 0,
    refs: Sequence[str] = (),
) -> None:
    """Notes in the transaction that deletes a person's rows what is to be confirmed.

    Without an `erasure` nothing is: only dead rows are taken away. `media`: how many objects go by this; `refs` are
    those that must be gone before. It joins what is still to be done about the person; the same erasure joins once.
    """
    values = {
        "person": person,
        "erasure": erasure,
        "counts": json.dumps(dict(counts)),
        "media": media,
        "refs": [*refs],
    }
    await rows.execute(_NOTE, values)


def led_to(table: str, recipient: str) -> str:
    """Returns the name under which rows are counted that led to a recipient outside, in place of their table's."""
    return f"{table} to {recipient}"


def noted_as(recipient: str, *, own_key: bool = False) -> str:
    """Returns the name under which a note of `Recipients` is counted; `own_key`: of what went with the person's key."""
    return led_to(RECIPIENTS, f"{recipient}, own key" if own_key else recipient)


async def deleted(rows: Rows, statement: sa.Delete) -> int:
    """Deletes, and returns how many rows."""
    return cast("sa.CursorResult[Any]", await rows.execute(statement)).rowcount


class RowsAbout:
    """Deletes from all tables with a column `person_id`, except some."""

    def __init__(self, metadata: sa.MetaData, keep: Collection[str] = ()) -> None:
        self._tables = [
            table
            for table in reversed(metadata.sorted_tables)
            if "person_id" in table.c and table.name not in {*_OWN, *keep}
        ]

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of these tables."""
        return tuple(table.name for table in self._tables)

    async def __call__(self, rows: Rows, persons: Sequence[UUID]) -> Mapping[str, int]:
        """Deletes the rows, and returns how many by table; those of recipients as `noted_as`."""
        counts: Counter[str] = Counter()
        for table in self._tables:
            column: sa.ColumnElement[Any] = table.c.person_id
            theirs = sa.delete(table).where(column.in_(persons))
            if table.name == RECIPIENTS:
                noted = await rows.execute(theirs.returning(table.c.recipient, table.c.own_key))
                counts.update(noted_as(row.recipient, own_key=row.own_key) for row in noted)
            else:
                counts[table.name] += await deleted(rows, theirs)
        return +counts


def rows_about(metadata: sa.MetaData, *, keep: Collection[str] = ()) -> RowsAbout:
    """Makes an `Erase` that deletes from all tables with a column `person_id`, except those in `keep`."""
    return RowsAbout(metadata, keep)
