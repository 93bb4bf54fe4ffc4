"""Looks at what the views in schema `api` give: a reader refuses a value that is not in a column's closed list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from chassis.pooler import Address
from chassis.storage.migrations import Migrated

_FROM = """
SELECT table_name FROM information_schema.view_column_usage
 WHERE view_schema = 'api' AND view_name = $1 AND column_name = $2 AND table_schema = $3
"""
#: the values of columns, or of parts of them such as `words[].verdict`
Values = Mapping[str, Sequence[str]]


async def unknown_values(url: str, services: Sequence[Migrated], declared: Mapping[str, Values]) -> list[str]:
    """Lists what views of a migrated database give beside their closed lists, a sentence each.

    `declared`: these lists by the name of the view. Writes a row for each value that any version of a view declares,
    with the other columns filled in somehow, and takes it back.
    """
    found = []
    engine = create_async_engine(Address.of(url).sqlalchemy)
    try:
        async with engine.connect() as connection:
            for view, values in declared.items():
                service = next(each for each in services if view.startswith(f"{each.name}_"))
                versions = [declared[each] for each in declared if _subject(each) == _subject(view)]
                for path, known in values.items():
                    written = dict.fromkeys(value for each in versions for value in each.get(path, ()))
                    given = [await _given(connection, service, view, path, value) for value in written]
                    if beyond := [value for value in dict.fromkeys(given) if value not in known]:
                        found.append(f"api.{view}: {path} gives {', '.join(beyond)}, which its readers refuse")
    finally:
        await engine.dispose()
    return found


def _subject(view: str) -> str:
    return view.rpartition("_v")[0]


async def _given(connection: AsyncConnection, service: Migrated, view: str, path: str, value: str) -> str:
    """Returns what a view gives for a value of its table."""
    column, *steps = re.findall(r"\[\]|\w+", path)
    await connection.exec_driver_sql(f"SET LOCAL search_path = {service.name}")
    name = (await connection.exec_driver_sql(_FROM, (view, column, service.name))).scalar_one()
    table = service.metadata.tables[name]
    needed = {each.name: _some(each) for each in table.columns if not each.nullable and each.server_default is None}
    await connection.execute(sa.insert(table).values(needed | {column: _within(steps, value)}))
    given = await connection.exec_driver_sql(f'SELECT to_jsonb("{column}") FROM api.{view}')
    found = given.scalar_one()
    await connection.rollback()
    for step in steps:
        found = found[0] if step == "[]" else found[step]
    return str(found)


def _within(steps: Sequence[str], value: Any) -> Any:
    """Returns a JSON value that has `value` at the end of the steps."""
    for step in reversed(steps):
        value = [value] if step == "[]" else {step: value}
    return value


#: something to fill a column with, by its type in Python; SQLAlchemy names `object` for JSON
_SOMETHING: Mapping[type, Any] = {UUID: UUID(int=0), str: "", int: 0, list: [], object: {}}


def _some(column: sa.Column[Any]) -> Any:
    return _SOMETHING[column.type.python_type]
