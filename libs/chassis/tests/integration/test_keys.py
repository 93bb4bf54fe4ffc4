"""Tests the key store as a file and as a database: a key is made once, shared, destroyed for ever."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.errors import DependencyDown
from chassis.message.envelope import new_id
from chassis.privacy.outside import HELD_AT_MOST_S
from chassis.storage.keyfile import KeyFile
from chassis.storage.keys import open_keys
from chassis.storage.keyserver import prepare_key_server
from chassis.storage.keyserver_schema import ERASER, READER
from chassis.storage.stored_consent import NEVER, ConsentAnswer, StoredConsent
from chassis.testing import until
from libs.chassis.tests.integration.toys import caller

BEFORE_ALL = UUID(int=0)


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
    await keys.forget_erased([keyless, new_id()])
    assert await keys.erased() == {person}
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


async def test_the_last_decision_about_a_consent_holds_whatever_comes_late(url: str) -> None:
    gateway, service = open_keys(url, erases=True), open_keys(url)
    person, nobody = new_id(), new_id()
    await gateway.make([person])

    def decided(number: int, granted: bool, **others: Any) -> StoredConsent:
        return StoredConsent(person, "ai_text", "openai", number, granted, **others)

    async def holds(recipient: str = "openai") -> bool:
        return (await service.read_consent(person, "ai_text", recipient)).holds

    assert await service.read_consent(person, "ai_text", "openai") == NEVER
    assert await gateway.write_consent(decided(1, True, child=True))
    assert await service.read_consent(person, "ai_text", "openai") == ConsentAnswer(1, holds=True, child=True)
    assert not await holds("gemini")
    assert await gateway.write_consent(decided(3, False))
    assert not await gateway.write_consent(decided(2, True)), "it was decided before, and comes late"
    assert not await gateway.write_consent(decided(3, True)), "another decision of the same number"
    assert await gateway.write_consent(decided(3, False)), "asked once more after a lost answer"
    assert not await holds()
    assert await gateway.write_consent(decided(4, True, until=datetime.now(UTC) + timedelta(hours=1)))
    assert await holds()
    assert await gateway.write_consent(decided(5, True, until=datetime.now(UTC) - timedelta(seconds=1)))
    assert not await holds(), "it has ended by itself"
    assert [each.number for each in await gateway.consents(BEFORE_ALL, 9)] == [5]
    assert not await gateway.write_consent(StoredConsent(nobody, "ai_text", "openai", 1, True)), "who has no key"
    await gateway.destroy(person)
    assert await gateway.consents(BEFORE_ALL, 9) == []
    assert not await gateway.write_consent(decided(6, True))
    await gateway.close()
    await service.close()


async def test_consents_are_read_by_people_in_their_order(url: str) -> None:
    keys, people = open_keys(url, erases=True), sorted(uuid4() for _ in range(5))
    await keys.make(people)
    for person in reversed(people):
        for recipient in ("email", "webhook"):
            await keys.write_consent(StoredConsent(person, "notify", recipient, 1, granted=True))
    first = await keys.consents(BEFORE_ALL, 3)
    assert [each.person for each in first] == [person for person in people[:3] for _ in range(2)]
    assert [each.person for each in await keys.consents(people[2], 3)] == [p for p in people[3:] for _ in range(2)]
    assert await keys.consents(people[4], 3) == []
    await keys.close()


async def test_consents_of_many_are_as_those_of_each(url: str) -> None:
    keys, people = open_keys(url, erases=True), [uuid4() for _ in range(3)]
    await keys.make(people)
    past = datetime.now(UTC) - timedelta(seconds=1)
    for person, recipient, granted, ends in (
        (people[0], "email", True, None),
        (people[0], "push", False, None),
        (people[1], "email", True, past),
    ):
        await keys.write_consent(StoredConsent(person, "notify", recipient, 1, granted, until=ends))
    await keys.write_consent(StoredConsent(people[2], "ai_text", "openai", 1, granted=True))
    found = await keys.read_consents(people, "notify")
    assert {about: answer.holds for about, answer in found.items()} == {
        (people[0], "email"): True,
        (people[0], "push"): False,
        (people[1], "email"): False,
    }
    assert found == {(person, to): await keys.read_consent(person, "notify", to) for person, to in found}
    assert await keys.read_consents([], "notify") == {}
    await keys.close()


async def test_services_ask_for_consents_of_named_persons_and_decide_nothing(server: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"SET ROLE {READER}")
        assert await connection.fetch("SELECT * FROM voxbus_keys.read_consent($1, 'notify', 'email')", new_id()) == []
        write = f"SELECT voxbus_keys.write_consent('{new_id()}', 'notify', 'email', 1, true, false, NULL)"
        for refused in (
            "SELECT * FROM voxbus_keys.consents",
            "SELECT voxbus_keys.consents_after(gen_random_uuid(), 1)",
            write,
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(refused)
    finally:
        await connection.close()


async def test_a_process_that_stands_still_before_a_call_is_waited_for_and_a_dead_one_is_not(url: str) -> None:
    keys, called = open_keys(url, erases=True), []
    waited_for, dies, other = people = [new_id() for _ in range(3)]
    await keys.make(people)
    for person in people:
        await keys.write_consent(StoredConsent(person, "notify", "webhook", 1, granted=True))

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.append((await reader.read()).decode())
        writer.close()

    async def is_called() -> bool:
        return called == [str(waited_for)]

    async def stands_still() -> bool:
        return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG) is not None  # noqa: ASYNC222  it does not wait

    async def take_back(person: UUID) -> None:
        assert await keys.write_consent(StoredConsent(person, "notify", "webhook", 2, granted=False))

    async def is_unheld(person: UUID, within: float = HELD_AT_MOST_S) -> bool:
        return await keys.is_unheld(person, "notify", "webhook", within=within)

    async with await asyncio.start_server(receive, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            sys.executable, caller.__file__, url, str(port), str(waited_for), str(dies)
        )
        try:
            await until(stands_still, within=30, what="the call")
            await take_back(waited_for)
            assert not await is_unheld(waited_for, within=0.1), "it would be answered, and the call would begin then"
            await take_back(other)
            assert await is_unheld(other)
            assert called == []
            process.send_signal(signal.SIGCONT)
            await until(stands_still, within=30, what="the second call")
            assert await is_unheld(waited_for)
            await until(is_called, within=30, what="what the first call has sent")
            await take_back(dies)
            assert not await is_unheld(dies, within=0)
        finally:
            process.kill()
            await process.wait()
        assert await is_unheld(dies)
    assert called == [str(waited_for)]
    await keys.close()


async def test_the_bytes_of_a_destroyed_key_are_in_no_page_and_no_journal(tmp_path: Path) -> None:
    store, people = KeyFile(tmp_path / "keys.sqlite"), [new_id() for _ in range(200)]
    keys = await store.make(people)
    secrets = {person: key.secret for person, key in keys.items() if key is not None}
    for person in people[:150]:
        assert await store.replace_sealed(person, "x", b"sealed " + secrets[person] * 3, None, new_id())

    def in_files(person: UUID) -> bool:
        return any(secrets[person] in path.read_bytes() for path in tmp_path.iterdir())

    assert all(in_files(person) for person in people)
    for person in people[:199]:  # so many that pages become free
        await store.destroy(person)
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as database:
        assert database.execute("PRAGMA freelist_count").fetchone()[0] > 0
    assert [person for person in people if in_files(person)] == people[199:]
