"""Looks into a database as its owner, and empties it: what a backup counts, and what a restore begins with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import create_async_engine

from chassis.pooler import Address
from chassis.storage.database import Database, Transaction, open_pool
from chassis.storage.migrations import Migrated, roles_and_schemas

#: schemas of views, beside one for each service
VIEWS = ("api", "public_api")
#: how processes of the product are called at the server
_OURS = "voxbus-%"
_OWN = "voxbus-backup"
#: a statement of a backup may take as long as the largest table
_ANSWER_WITHIN_S = 24 * 3600.0
_SETTINGS = {
    "application_name": _OWN,
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "timezone": "UTC",
    "jit": "off",
}
_TABLES = """
SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1, 2
"""
_OTHERS = f"""
SELECT DISTINCT application_name AS name FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE '{_OURS}'
   AND application_name <> '{_OWN}' ORDER BY 1
"""


def schemas_of(services: Sequence[Migrated]) -> list[str]:
    """Returns the schemas of an installation."""
    return [*(service.name for service in services), *VIEWS]


def open_as_owner(url: str, *, size: int = 1) -> Database:
    """Opens a database as its owner, for statements that take long."""
    return open_pool(url, _SETTINGS, size=size, answer_within=_ANSWER_WITHIN_S)


async def major_of(database: Database) -> int:
    """Returns the major version of the server."""
    [row] = await database.fetch("SELECT current_setting('server_version_num')::int / 10000 AS major")
    return int(row.major)


async def count_rows(tx: Transaction, schemas: Sequence[str]) -> dict[str, int]:
    """Counts the rows of each table, as `schema.table`."""
    found = {}
    for table in await tx.fetch(_TABLES, list(schemas)):
        name = f"{table.schema}.{table.name}"
        [[found[name]]] = await tx.fetch(f'SELECT count(*) FROM "{table.schema}"."{table.name}"')
    return found


async def who_else(database: Database) -> list[str]:
    """Returns which processes of the product use a database at this moment, by their names at the server."""
    return [row.name for row in await database.fetch(_OTHERS)]


async def empty(url: str, services: Sequence[Migrated]) -> None:
    """Drops all that an installation has in a database, and makes its roles and its empty schemas."""
    names = [service.name for service in services]
    engine = create_async_engine(Address.of(url).sqlalchemy)
    try:
        async with engine.connect() as connection:
            for schema in reversed(schemas_of(services)):
                await connection.exec_driver_sql(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            await roles_and_schemas(connection, names)
            await connection.exec_driver_sql("DROP FUNCTION public_api.person_id()")  # the archive has the real one
            await connection.commit()
    finally:
        await engine.dispose()
