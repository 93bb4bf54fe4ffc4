"""Finds the rows that a transaction has changed, without anybody's help: neither the handler's nor that of a trigger.

The server counts for each transaction the tables it has written to. In those the rows it wrote carry its number, and
another connection still sees them as they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa

from chassis.message.envelope import id_time
from chassis.storage.database import Database, Transaction
from chassis.storage.tables import delivery_tables

_TOUCHED = """
SELECT relname AS name, n_tup_del > 0 AS deleted FROM pg_stat_xact_user_tables
 WHERE schemaname = current_schema() AND n_tup_ins + n_tup_upd + n_tup_del > 0 ORDER BY relname
"""
_NUMBER = "SELECT pg_current_xact_id_if_assigned()::text AS number, now() AS began, clock_timestamp() AS at"
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


def tables_of(metadata: sa.MetaData) -> dict[str, sa.Table]:
    """Returns a service's tables that its handlers write, by name: all except those of delivery."""
    chassis = sa.MetaData()
    delivery_tables(chassis)
    hidden = chassis.tables.keys() - _ROWS_OF_HANDLERS
    return {name: table for name, table in metadata.tables.items() if name not in hidden}


async def changes(
    tx: Transaction, outside: Database, tables: Mapping[str, sa.Table], since: datetime
) -> list[RowChange]:
    """Returns what a transaction has changed so far in these tables, whose rows `outside` still sees as they were.

    `since` is when the run began, by this process's clock.
    """
    [mark] = await tx.fetch(_NUMBER)
    if mark.number is None:
        return []
    found: list[RowChange] = []
    for touched in await tx.fetch(_TOUCHED):
        if (table := tables.get(touched.name)) is not None:
            moments = min(mark.began, since) - _CLOCKS, mark.at + _CLOCKS
            found += await _changed(tx, outside, table, str(mark.number), moments, deleted=touched.deleted)
    return found


async def _changed(
    tx: Transaction,
    outside: Database,
    table: sa.Table,
    number: str,
    moments: tuple[datetime, datetime],
    *,
    deleted: bool,
) -> list[RowChange]:
    # a number is compared by its age, since numbers go round; those of parts of the transaction come after its own
    ours = sa.text("age(xmin) <= age(CAST(CAST(:number AS text) AS xid))").bindparams(number=_low(number))
    after = _by_key(table, (await tx.execute(sa.select(table).where(ours))).mappings().all())
    async with outside.transaction() as other:
        before = await _of_keys(other, table, list(after))
        gone = await _marked(other, table) if deleted else {}
    for key in await _of_keys(tx, table, [key for key in gone if key not in after]):
        del gone[key]
    found = [_compare(table, key, before.get(key), row, moments) for key, row in after.items()]
    found += [RowChange(table.name, _named(table, key), "deleted") for key in gone if key not in after]
    return [each for each in found if each is not None]


def _low(number: str) -> str:
    """Returns the lower half of a transaction's number, which is what rows carry."""
    return str(int(number) % 2**32)


async def _marked(tx: Transaction, table: sa.Table) -> dict[tuple[Any, ...], Values]:
    """Returns the rows that somebody has deleted, locked or replaced in a transaction that may still run."""
    rows = (await tx.execute(sa.select(table).where(sa.text("xmax::text <> '0'")))).mappings().all()
    return _by_key(table, rows)


async def _of_keys(tx: Transaction, table: sa.Table, keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], Values]:
    columns = list(table.primary_key)
    found: dict[tuple[Any, ...], Values] = {}
    for start in range(0, len(keys), _KEYS):
        some = keys[start : start + _KEYS]
        where = sa.tuple_(*columns).in_(some) if len(columns) > 1 else columns[0].in_([key[0] for key in some])
        found |= _by_key(table, (await tx.execute(sa.select(table).where(where))).mappings().all())
    return found


def _by_key(table: sa.Table, rows: Iterable[Any]) -> dict[tuple[Any, ...], Values]:
    names = [column.name for column in table.primary_key]
    return {tuple(row[name] for name in names): dict(row) for row in rows}


def _named(table: sa.Table, key: tuple[Any, ...]) -> Values:
    return dict(zip((column.name for column in table.primary_key), key, strict=True))


def _compare(
    table: sa.Table, key: tuple[Any, ...], before: Values | None, after: Values, moments: tuple[datetime, datetime]
) -> RowChange | None:
    if before is None:
        return RowChange(table.name, _named(table, key), "inserted", {n: (None, v) for n, v in after.items()})
    fields = {
        name: (before[name], value)
        for name, value in after.items()
        if before[name] != value and not made_now(value, moments)
    }
    return RowChange(table.name, _named(table, key), "changed", fields) if fields else None


def made_now(value: Any, moments: tuple[datetime, datetime]) -> bool:
    """Tells whether a value is of the run itself, a moment or an id made in it, which is another one each time."""
    began, ended = moments
    if isinstance(value, UUID) and value.version == 7:
        return began.replace(microsecond=began.microsecond // 1000 * 1000) <= id_time(value) <= ended
    return isinstance(value, datetime) and value.tzinfo is not None and began <= value <= ended
