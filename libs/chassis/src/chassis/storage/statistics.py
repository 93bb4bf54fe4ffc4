"""Keeps people's words out of the server's statistics.

ANALYZE copies values of each column into `pg_statistic`, which no service may write or vacuum: an erased person's name
would stay there, and in its dead rows, for as long as the server likes. In rows about people every text, document and
bytes counts as their words, unless its column is marked `OURS`: of those the planner goes on to know the values.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.storage.tables import is_ours

# $1 names of tables of the present schema, $2 and $3 tables and names of columns of ours in them. `attstattarget` is
# null or -1 for the server's default, by its version.
_TO_CHANGE = """
SELECT quote_ident(c.relname) AS name, quote_ident(a.attname) AS column, o.ours
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid,
       LATERAL (SELECT (c.relname, a.attname) IN (SELECT * FROM unnest($2::name[], $3::name[])) AS ours) AS o
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1::name[]) AND c.relkind = 'r'
   AND a.attnum > 0 AND NOT a.attisdropped AND (coalesce(a.attstattarget, -1) = 0) = o.ours
   AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'varchar'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
 ORDER BY c.relname, a.attnum
"""
_MAY_CLEAR = "SELECT to_regprocedure('pg_clear_attribute_stats(text, text, text, boolean)') IS NOT NULL"
# What was gathered stays when no more is gathered. $1 as above: only columns of which no more is have their default 0.
_CLEAR = """
SELECT pg_clear_attribute_stats(s.schemaname, s.tablename, s.attname, s.inherited)
  FROM pg_stats AS s JOIN pg_attribute AS a
    ON a.attrelid = format('%I.%I', s.schemaname, s.tablename)::regclass AND a.attname = s.attname
 WHERE s.schemaname = current_schema() AND s.tablename = ANY($1::name[]) AND a.attstattarget = 0
"""


class Erases(Protocol):
    """Describes what deletes the rows about a person."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of the tables that have such rows."""


async def count_no_words(connection: AsyncConnection, erase: Erases | None, metadata: sa.MetaData) -> None:
    """Has the server gather nothing about people's words, and what it needs about values of ours.

    What it has gathered about words is cleared where it is Postgres 18 or newer, and stays in an older one.
    """
    tables = [] if erase is None else [*erase.tables]
    ours = [(name, column.name) for name in tables for column in metadata.tables[name].c if is_ours(column)]
    found = (await connection.exec_driver_sql(_TO_CHANGE, (tables, *_columns(ours)))).all()
    targets: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for row in found:
        targets[row.name][row.column] = row.ours
    for name, columns in targets.items():
        changes = [f"ALTER COLUMN {each} SET STATISTICS {-1 if is_ours else 0}" for each, is_ours in columns.items()]
        await connection.exec_driver_sql(f"ALTER TABLE {name} {', '.join(changes)}")
        if known_again := [each for each, is_ours in columns.items() if is_ours]:
            await connection.exec_driver_sql(f"ANALYZE {name} ({', '.join(known_again)})")
    if (await connection.exec_driver_sql(_MAY_CLEAR)).scalar_one():
        await connection.exec_driver_sql(_CLEAR, (tables,))
    await connection.commit()


def _columns(pairs: list[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in pairs], [second for _, second in pairs]
