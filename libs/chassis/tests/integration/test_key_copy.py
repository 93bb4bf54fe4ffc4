"""Tests that a copy of a key store is the store, whether it is a file or a server, and goes back to either."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from chassis.message.envelope import new_id
from chassis.storage.key_copy import Counted, NoKeyStore, copy_in, copy_out, people_in
from chassis.storage.keys import open_keys
from chassis.storage.keyserver import prepare_key_server
from chassis.storage.stored_consent import StoredConsent


@pytest.fixture
async def server(postgres_url: str) -> AsyncIterator[str]:
    """Provides a database for keys that was never prepared."""
    name = f"keys_{uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(f"CREATE DATABASE {name}")
    yield urlunsplit(urlsplit(postgres_url)._replace(path=f"/{name}"))
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


def rows(path: Path) -> list[str]:
    """Returns all that is in a copy, as statements."""
    with closing(sqlite3.connect(path)) as database:
        return sorted(database.iterdump())


async def test_keys_go_from_a_file_to_a_server_and_back_with_all_that_is_beside_them(
    server: str, tmp_path: Path
) -> None:
    file = f"file://{tmp_path}/keys.sqlite"
    keys = open_keys(file, erases=True)
    people = [new_id() for _ in range(3)]
    made = await keys.make(people)
    await keys.replace_sealed(people[0], "x", b"sealed", None)
    ends = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    await keys.write_consent(StoredConsent(people[0], "assess_voice", "voxbus", 1, True, True, ends))
    await keys.write_consent(StoredConsent(people[1], "notify", "email", 2, False, False, None))
    await keys.destroy(people[2])
    assert await people_in(server) == Counted(0, 0)

    await copy_out(file, tmp_path / "first")
    await copy_in(tmp_path / "first", server)
    assert await people_in(server) == Counted(2, 1)
    there = open_keys(server, erases=True)
    try:
        assert await there.find(people) == {person: made[person] for person in people[:2]}
        assert await there.erased() == {people[2]}
        assert (await there.read_consent(people[0], "assess_voice", "voxbus")).holds
    finally:
        await there.close()
    await copy_out(server, tmp_path / "second")
    assert rows(tmp_path / "second") == rows(tmp_path / "first")
    await copy_in(tmp_path / "second", server)  # all of it in place of what is there
    assert await people_in(server) == Counted(2, 1)


async def test_a_file_is_replaced_as_a_whole_and_never_by_itself(tmp_path: Path) -> None:
    one, other = f"file://{tmp_path}/one.sqlite", f"file://{tmp_path}/other.sqlite"
    people = [new_id() for _ in range(2)]
    await open_keys(one).make(people)
    await open_keys(other).make([new_id()])
    await copy_in(tmp_path / "one.sqlite", other)
    assert (tmp_path / "other.sqlite").stat().st_mode & 0o077 == 0
    assert (await open_keys(other).find(people)).keys() == set(people)
    await copy_in(tmp_path / "one.sqlite", one)
    assert await people_in(one) == Counted(2, 0)


async def test_what_is_no_key_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database " * 100)
    for url in (f"file://{tmp_path}/never-was", f"file://{tmp_path}/text"):
        with pytest.raises(NoKeyStore):
            await copy_out(url, tmp_path / uuid4().hex)
    assert not (tmp_path / "never-was").exists()


async def test_a_server_that_was_not_prepared_yet_holds_nobody(server: str) -> None:
    assert await people_in(server) == Counted(0, 0)
    await prepare_key_server(server)
    assert await people_in(server) == Counted(0, 0)
