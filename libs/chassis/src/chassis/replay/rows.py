"""Finds the rows that a transaction has changed, without the handler's help.

The server counts for each transaction the tables it has written to, and how many rows. What the statements returned
names those rows; where the counts tell of more, as after a trigger, the table is looked through for rows that carry a
number of this transaction. Another connection still sees all of them as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from chassis.message.envelope import id_time
from chassis.replay.written import RowKey, Written
from chassis.storage.database import Database, Transaction
from chassis.storage.tables import delivery_tables

_TOUCHED = """
SELECT relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS number, n_tup_del > 0 AS deleted
  FROM pg_stat_xact_user_tables
 WHERE schemaname = current_schema() AND n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relname
"""
_NUMBER = "SELECT pg_current_xact_id_if_assigned()::text AS number, now() AS began, clock_timestamp() AS at"
# Rows carry the lower half of a number; `low` is that of this transaction's own, `number` the whole. Numbers of parts
# of the transaction come after its own. What a transaction that has ended has written is not ours: ours still runs.
_OURS = """
age({mark}) <= age(CAST(CAST(:low AS text) AS xid)) AND pg_xact_status(CAST(CAST(
  CAST(:number AS bigint) + (CAST(CAST({mark} AS text) AS bigint) - CAST(:low AS bigint) + 4294967296) % 4294967296
AS text) AS xid8)) = 'in progress'
"""
#: of the chassis, what a handler's own rows may be in
_ROWS_OF_HANDLERS = frozenset({"person_activity", "erased_people"})
_KEYS = 500
#: the clocks of this process and of the database differ by less
_CLOCKS = timedelta(seconds=1)

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowChange:
    """Holds one changed row: its table and key, and by column what was there and what is. None: there was no row."""

    table: str
    key: Values
    kind: Literal["inserted", "changed", "deleted"]
    fields: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Holds the changed rows, and how many were written at all: those written as they were are no change."""

    rows: Sequence[RowChange] = ()
    written: int = 0


def tables_of(metadata: sa.MetaData) -> dict[str, sa.Table]:
    """Returns a service's tables that its handlers write, by name: all except those of delivery."""
    chassis = sa.MetaData()
    delivery_tables(chassis)
    hidden = chassis.tables.keys() - _ROWS_OF_HANDLERS
    return {name: table for name, table in metadata.tables.items() if name not in hidden}


async def changes(
    tx: Transaction, written: Written, outside: Database, tables: Mapping[str, sa.Table], since: datetime
) -> Changes:
    """Returns what a transaction has changed so far in these tables, whose rows `outside` still sees as they were.

    `written` holds what its statements returned; `since` is when the run began, by this process's clock.
    """
    [mark] = await tx.fetch(_NUMBER)
    if mark.number is None:
        return Changes()
    found: list[RowChange] = []
    number = 0
    moments = min(mark.began, since) - _CLOCKS, mark.at + _CLOCKS
    for touched in await tx.fetch(_TOUCHED):
        if (table := tables.get(touched.name)) is None:
            continue
        keys = set(written.keys[table.name])
        async with outside.transaction() as other:
            if written.counts[table.name] != touched.number:
                keys |= await _marked(tx, table, "xmin", mark.number)
                keys |= await _marked(other, table, "xmax", mark.number) if touched.deleted else set()
            before, after = await _of_keys(other, table, keys), await _of_keys(tx, table, keys)
        number += len(before.keys() | after.keys())
        changed = (_compare(table, key, before.get(key), after.get(key), moments) for key in sorted(keys, key=str))
        found += [each for each in changed if each is not None]
    return Changes(found, number)


async def _marked(tx: Transaction, table: sa.Table, mark: str, number: str) -> set[RowKey]:
    """Returns the keys of all rows that this transaction has written (`xmin`) or deleted (`xmax`)."""
    ours = sa.text(_OURS.format(mark=mark)).bindparams(low=str(int(number) % 2**32), number=number)
    return {tuple(row) for row in (await tx.execute(sa.select(*table.primary_key).where(ours))).all()}


async def _of_keys(tx: Transaction, table: sa.Table, keys: Iterable[RowKey]) -> dict[RowKey, Values]:
    columns, wanted = list(table.primary_key), list(keys)
    found: dict[RowKey, Values] = {}
    for start in range(0, len(wanted), _KEYS):
        some = wanted[start : start + _KEYS]
        where = sa.tuple_(*columns).in_(some) if len(columns) > 1 else columns[0].in_([key[0] for key in some])
        for row in (await tx.execute(sa.select(table).where(where))).mappings().all():
            found[tuple(row[column.name] for column in columns)] = dict(row)
    return found


def _compare(
    table: sa.Table, key: RowKey, before: Values | None, after: Values | None, moments: tuple[datetime, datetime]
) -> RowChange | None:
    named = dict(zip((column.name for column in table.primary_key), key, strict=True))
    if after is None:
        return None if before is None else RowChange(table.name, named, "deleted")
    if before is None:
        return RowChange(table.name, named, "inserted", {n: (None, v) for n, v in after.items()})
    fields = {
        name: (before[name], value)
        for name, value in after.items()
        if before[name] != value and not made_now(value, moments)
    }
    return RowChange(table.name, named, "changed", fields) if fields else None


def made_now(value: Any, moments: tuple[datetime, datetime]) -> bool:
    """Tells whether a value is of the run itself, a moment or an id made in it, which is another one each time."""
    began, ended = moments
    if isinstance(value, UUID) and value.version == 7:
        return began.replace(microsecond=began.microsecond // 1000 * 1000) <= id_time(value) <= ended
    return isinstance(value, datetime) and value.tzinfo is not None and began <= value <= ended
