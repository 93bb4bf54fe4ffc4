"""Tests the key store as a file and as a database: a key is made once, shared, destroyed for ever."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.storage.keys import open_keys
from chassis.storage.keyserver import ERASER, READER, prepare_key_server


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[str]:
    """Makes a database for keys alone and prepares it twice, as a new release does at each start."""
    name = f"keys_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    await prepare_key_server(url)
    await prepare_key_server(url)
    yield url
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(params=["file", "server"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"file://{tmp_path}/deep/keys.sqlite" if request.param == "file" else request.getfixturevalue("server")


def files_with(folder: Path, text: bytes) -> list[str]:
    return [path.name for path in folder.iterdir() if text in path.read_bytes()]


async def test_whoever_is_first_makes_the_key_of_all(url: str) -> None:
    persons = [new_id() for _ in range(5)]
    stores = [open_keys(url, erases=True) for _ in range(4)]
    made = await asyncio.gather(*(store.make(persons) for store in stores))
    assert len({tuple(sorted((p, k.id, k.secret) for p, k in each.items())) for each in made}) == 1
    assert len({key.secret for key in made[0].values()}) == len(persons)
    later = open_keys(url, erases=True)
    assert await later.find(persons) == made[0]
    for store in (*stores, later):
        await store.close()


async def test_a_destroyed_key_never_comes_back(url: str) -> None:
    person, other, keyless = new_id(), new_id(), new_id()
    keys = open_keys(url, erases=True)
    kept = (await keys.make([person, other]))[other]
    elsewhere = open_keys(url)
    await elsewhere.find([person])
    await keys.destroy(person)
    await keys.destroy(keyless)
    await keys.destroy(person)
    assert await keys.make([person, other, keyless]) == {other: kept}
    assert await keys.erased() == {person, keyless}
    assert person in await elsewhere.find([person])  # for a minute, unless it hears of it
    elsewhere.forget([person])
    assert await elsewhere.find([person]) == {}
    await keys.close()
    await elsewhere.close()


async def test_the_file_is_its_owners_alone_and_forgets_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys = open_keys(f"file://{path}")
    person = new_id()
    secret = (await keys.make([person]))[person].secret
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert files_with(tmp_path, secret) == [path.name]
    await keys.destroy(person)
    assert files_with(tmp_path, secret) == []


async def test_services_ask_for_named_persons_and_cannot_read_the_table(server: str) -> None:
    person = new_id()
    owner = open_keys(server, erases=True)
    await owner.make([person])
    connection = await asyncpg.connect(server)
    try:
        for role, refused in (
            (
                READER,
                ("SELECT * FROM voxbus_keys.keys", "SELECT voxbus_keys.destroy($$%s$$)", "SELECT voxbus_keys.erased()"),
            ),
            (ERASER, ("SELECT * FROM voxbus_keys.keys", "DELETE FROM voxbus_keys.keys")),
        ):
            await connection.execute(f"SET ROLE {role}")
            assert await connection.fetchval("SELECT id FROM voxbus_keys.read($1)", [person])
            for statement in refused:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(statement.replace("%s", str(person)))
            await connection.execute("RESET ROLE")
    finally:
        await connection.close()
        await owner.close()


@pytest.mark.parametrize("where", ["file:///proc/no/such/place", "postgresql://nobody@/keys?host=/nowhere"])
async def test_a_store_that_does_not_answer_is_a_dependency_that_is_down(where: str) -> None:
    keys = open_keys(where)
    with pytest.raises(DependencyDown):
        await keys.find([new_id()])
    await keys.close()


async def test_what_is_cached_asks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    keys = open_keys(f"file://{path}")
    person = new_id()
    made = await keys.make([person])
    path.unlink()
    assert await keys.find([person]) == made
