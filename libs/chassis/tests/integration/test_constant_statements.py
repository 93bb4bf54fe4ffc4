"""Tests statements that are compiled once, beside the same statements on SQLAlchemy's own way to the driver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.exc import DBAPIError

from chassis.fresh_databases import fresh_database
from chassis.service import Service
from chassis.storage.database import Database, open_database
from chassis.storage.errors import constraint_of, is_data_error, sqlstate
from chassis.storage.statement import compiled, constant, insert_of
from libs.chassis.tests.integration.demo import DemoDeps, demo

METADATA = sa.MetaData()
THINGS = sa.Table(
    "things",
    METADATA,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("size", sa.SmallInteger, server_default="7"),
    sa.Column("words", ARRAY(sa.Text)),
    sa.Column("more", JSONB),
    sa.Column("at", sa.TIMESTAMP(timezone=True)),
)
CREATE = sa.text(
    "CREATE TEMPORARY TABLE things (id uuid PRIMARY KEY, name text NOT NULL CONSTRAINT things_name UNIQUE,"
    " size smallint DEFAULT 7, words text[], more jsonb, at timestamptz)"
)
ID, OTHER = UUID(int=1), UUID(int=2)
NEW = {"id": ID, "name": "a", "words": ["x", "y"], "more": {"n": [1, None]}, "at": datetime(2026, 1, 2, tzinfo=UTC)}
INSERT = (
    sa.insert(THINGS)
    .values({name: sa.bindparam(f"new_{name}", type_=THINGS.c[name].type) for name in NEW})
    .returning(THINGS)
)
SELECT = (
    sa.select(THINGS, (THINGS.c.size + 1).label("larger"))
    .where(THINGS.c.id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid))), THINGS.c.name != "nobody")
    .order_by(THINGS.c.id)
)
UPDATE = sa.update(THINGS).where(THINGS.c.id == sa.bindparam("which")).values(more=sa.bindparam("more_", type_=JSONB))


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    services: list[Service] = [demo(DemoDeps())]
    async with fresh_database(postgres_url, services) as url:
        database = open_database(url, "demo", size=1)
        yield database
        await database.close()


def new(id: object, name: str = "a") -> dict[str, object]:
    return {f"new_{key}": value for key, value in {**NEW, "id": id, "name": name}.items()}


async def told(database: Database, *, marked: bool) -> list[Any]:
    """Returns what the statements tell, marked as constant or as they are; each runs twice."""
    insert, select, update = map(constant, (INSERT, SELECT, UPDATE)) if marked else (INSERT, SELECT, UPDATE)
    found: list[Any] = []
    async with database.transaction() as tx:
        await tx.execute(CREATE)
        for id, name in ((ID, "a"), (OTHER, "b")):
            made = (await tx.execute(insert, new(id, name))).one()
            found.append((dict(made._mapping), made.size, tuple(made)))
        await tx.execute(update, {"which": ID, "more_": {"changed": "“yes”"}})
        for ids in ([ID, OTHER], [OTHER], []):
            result = await tx.execute(select, {"ids": ids})
            found.append([dict(row._mapping) for row in result])
        found.append((await tx.execute(select, {"ids": []})).first())
        found.append((await tx.execute(select, {"ids": [ID]})).scalars().all())
        await tx.execute(sa.text("DROP TABLE things"))
    return found


async def test_a_constant_statement_says_what_it_says_without_the_mark(database: Database) -> None:
    assert await told(database, marked=True) == await told(database, marked=False)


async def test_a_constant_statement_is_compiled_once_and_no_other_is(database: Database) -> None:
    dialect = database._engine.dialect
    marked = constant(SELECT)
    assert compiled(SELECT, dialect) is None
    assert compiled(marked, dialect) is compiled(marked, dialect) is not None


async def test_a_constant_insert_takes_a_list_of_rows_and_returns_those_that_are_asked_for(database: Database) -> None:
    insert = constant(insert_of(THINGS, NEW))
    rows = [{**NEW, "id": UUID(int=number), "name": f"{number}"} for number in range(3)]
    async with database.transaction() as tx:
        await tx.execute(CREATE)
        assert (await tx.execute(insert, rows[:2])).all() == []
        returned = await tx.execute(insert.returning(THINGS.c.id, THINGS.c.more), rows[2:])
        assert [tuple(row) for row in returned] == [(UUID(int=2), NEW["more"])]
        found = (await tx.execute(sa.select(THINGS).order_by(THINGS.c.id))).mappings().all()
        assert [dict(row) for row in found] == [{**row, "size": 7} for row in rows]


async def test_an_error_of_a_constant_statement_is_known_by_the_same_words(database: Database) -> None:
    insert = constant(INSERT)
    with pytest.raises(DBAPIError) as twice:
        async with database.transaction() as tx:
            await tx.execute(CREATE)
            for id in (ID, OTHER):
                await tx.execute(insert, new(id))
    assert (sqlstate(twice.value), constraint_of(twice.value)) == ("23505", "things_name")
    with pytest.raises(DBAPIError) as wrong:
        async with database.transaction() as tx:
            await tx.execute(CREATE)
            await tx.execute(insert, new("no id"))
    assert is_data_error(wrong.value)
