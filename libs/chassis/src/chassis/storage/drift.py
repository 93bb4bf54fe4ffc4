"""Compares a migrated database with the tables and views that the code declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.pooler import Address
from chassis.storage.migrations import CHASSIS_VERSION, SERVICE_VERSION, Migrated, as_service

_PARTITIONS = r"^(inbox|log)_(default|\d{8})$"
_VIEW_COLUMNS = """
SELECT c.relname AS view, a.attname AS column, format_type(a.atttypid, a.atttypmod) AS type FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE n.nspname = $1 AND c.relkind = 'v' AND a.attnum > 0
"""


async def drift(url: str, service: Migrated) -> list[Any]:
    """Lists the differences between a migrated database and the tables in a service's code; empty when none."""
    engine = create_async_engine(Address.of(url).sqlalchemy)
    try:
        async with engine.connect() as connection:
            await as_service(connection, service.name)
            return await connection.run_sync(_compare, service)
    finally:
        await engine.dispose()


async def view_drift(url: str, declared: Mapping[str, Mapping[str, str]], schema: str = "api") -> list[str]:
    """Lists the differences between the views in a schema of a migrated database and the declared ones.

    `declared` is, by the name of a view, its columns with Postgres's names of their types.
    """
    engine = create_async_engine(Address.of(url).sqlalchemy)
    try:
        async with engine.connect() as connection:
            rows = (await connection.exec_driver_sql(_VIEW_COLUMNS, (schema,))).all()
    finally:
        await engine.dispose()
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row.view, {})[row.column] = row.type
    return [
        f"{schema}.{view}: declared {dict(declared.get(view, {}))}, found {found.get(view, {})}"
        for view in sorted(declared.keys() | found.keys())
        if declared.get(view) != found.get(view)
    ]


def _compare(connection: Connection, service: Migrated) -> list[Any]:
    partitions = {
        row[0]
        for row in connection.exec_driver_sql(
            "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r' AND relname ~ $1", (_PARTITIONS,)
        )
    }

    def include(_object: Any, name: str | None, kind: str, *_rest: Any) -> bool:
        return not (kind == "table" and (name in partitions or name in {CHASSIS_VERSION, SERVICE_VERSION}))

    context = MigrationContext.configure(
        connection, opts={"include_object": include, "compare_type": True, "version_table_schema": service.name}
    )
    found: list[Any] = compare_metadata(context, service.metadata)
    return found
