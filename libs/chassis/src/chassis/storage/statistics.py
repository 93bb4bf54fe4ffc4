"""Keeps people's words out of the server's statistics.

ANALYZE copies values of each column into `pg_statistic`, which no service may write or vacuum: an erased person's name
would stay there, and in its dead rows, for as long as the server likes.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

#: $1 names of tables of the present schema. `attstattarget` is null or -1 for the server's default, by its version.
_COUNTED = """
SELECT quote_ident(c.relname) AS name, array_agg(quote_ident(a.attname) ORDER BY a.attnum) AS columns
  FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY($1::text[]) AND c.relkind = 'r'
   AND a.attnum > 0 AND NOT a.attisdropped AND coalesce(a.attstattarget, -1) <> 0
   AND a.atttypid IN ('text'::regtype, 'text[]'::regtype, 'varchar'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
 GROUP BY c.relname ORDER BY c.relname
"""


class Erases(Protocol):
    """Describes what deletes the rows about a person."""

    @property
    def tables(self) -> tuple[str, ...]:
        """Returns the names of the tables that have such rows."""


async def count_no_words(connection: AsyncConnection, erase: Erases | None) -> None:
    """Has the server gather nothing about the texts and bytes in rows about people; what it has gathered stays."""
    tables = [] if erase is None else [*erase.tables]
    for row in (await connection.exec_driver_sql(_COUNTED, (tables,))).all():
        changes = ", ".join(f"ALTER COLUMN {column} SET STATISTICS 0" for column in row.columns)
        await connection.exec_driver_sql(f"ALTER TABLE {row.name} {changes}")
    await connection.commit()
