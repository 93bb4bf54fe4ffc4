"""Tests the vault: tokens are sealed, go with the person's key, and are refreshed once by however many processes."""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from chassis.errors import DependencyDown, Erased
from chassis.message.crypto import Tampered
from chassis.message.envelope import new_id
from chassis.storage.grant import Tokens
from chassis.storage.keys import Keys, open_keys
from chassis.storage.keyserver import KeyServer
from chassis.storage.vault import ConnectAgain, NotConnected, Vault
from chassis.stores_in_memory import KeysInMemory
from chassis.testing import until
from libs.chassis.tests.integration.provider import RotatingProvider, ask
from libs.chassis.tests.integration.test_keys import files_with, server, url  # noqa: F401  fixtures

PROCESSES, CALLERS = 4, 5
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([RotatingProvider.__module__])


@pytest.fixture
async def keys(url: str) -> AsyncIterator[Keys]:  # noqa: F811
    opened = open_keys(url, erases=True)
    yield opened
    await opened.close()


@pytest.fixture
def provider(tmp_path: Path) -> RotatingProvider:
    return RotatingProvider(tmp_path / "provider.sqlite")


async def connected(vault: Vault, provider: RotatingProvider) -> UUID:
    person = new_id()
    await vault.keep(person, provider.name, provider.grant())
    return person


async def test_tokens_are_kept_sealed_and_bound_to_person_and_provider(tmp_path: Path) -> None:
    vault = Vault(keys := open_keys(f"file://{tmp_path}/keys.sqlite"))
    person, other = new_id(), new_id()
    tokens = Tokens("access-token-canary", "refresh-token-canary", 7200, ("read",))
    await vault.keep(person, "toy", tokens)
    await vault.keep(other, "toy", tokens)
    provider = RotatingProvider(tmp_path / "provider.sqlite")
    assert await vault.access_token(person, provider) == "access-token-canary"
    assert await vault.state(person, "toy") == "connected"
    assert files_with(tmp_path, b"token-canary") == []
    sealed = (await keys.read_sealed(person, "toy")).content
    assert sealed is not None
    for someone, name in ((other, "toy"), (person, "another")):  # moved by who can write but has no key
        known = (await keys.read_sealed(someone, name)).mark
        assert await keys.replace_sealed(someone, name, sealed, known)
        with pytest.raises(Tampered):
            await vault.state(someone, name)


async def test_tokens_go_with_the_persons_key(keys: Keys, provider: RotatingProvider) -> None:
    vault = Vault(keys)
    person, kept = await connected(vault, provider), await connected(vault, provider)
    elsewhere = Vault(keys)
    await elsewhere.state(person, provider.name)  # has the key in its cache
    mark = (await keys.read_sealed(person, provider.name)).mark
    await keys.destroy(person)
    assert (await keys.read_sealed(person, provider.name)).content is None
    for each in (vault, elsewhere):
        assert await each.state(person, provider.name) == "none"
        with pytest.raises(NotConnected):
            await each.access_token(person, provider)
        with pytest.raises(Erased):
            await each.keep(person, provider.name, provider.grant())
    for known in (mark, None):  # whoever still has the key
        assert await keys.replace_sealed(person, provider.name, b"late", known) is None
    assert await vault.access_token(kept, provider) == "access-1"


async def test_the_bytes_go_from_the_file_too(tmp_path: Path, provider: RotatingProvider) -> None:
    keys = open_keys(f"file://{tmp_path}/keys.sqlite")
    vault = Vault(keys)
    for end in (keys.destroy, lambda person: keys.delete_sealed(person, provider.name)):
        person = await connected(vault, provider)
        sealed = (await keys.read_sealed(person, provider.name)).content
        assert sealed is not None
        assert files_with(tmp_path, sealed) == ["keys.sqlite"]
        await end(person)
        assert files_with(tmp_path, sealed) == []


async def test_an_erasure_waits_for_a_write_or_is_seen_by_it(server: str, provider: RotatingProvider) -> None:  # noqa: F811
    keys = open_keys(server, erases=True)
    for _ in range(10):
        person = await connected(Vault(keys), provider)
        mark = (await keys.read_sealed(person, provider.name)).mark
        await asyncio.gather(keys.replace_sealed(person, provider.name, b"late", mark), keys.destroy(person))
        assert (await keys.read_sealed(person, provider.name)).content is None
    await keys.close()


async def test_a_write_whose_answer_was_lost_is_no_write_of_somebody_else(server: str) -> None:  # noqa: F811
    store, person, first, second = KeyServer(server), new_id(), new_id(), new_id()
    await store.make([person])
    writes = ((None, first), (first, second))
    for known, mark in writes:
        for _ in ("its answer is lost", "asked once more"):
            assert await store.replace_sealed(person, "toy", b"sealed", known, mark)
    assert not await store.replace_sealed(person, "toy", b"late", first, new_id())
    assert (await store.read_sealed(person, "toy")).mark == second
    await store.close()


async def test_services_read_tokens_of_named_persons_by_a_function(server: str, provider: RotatingProvider) -> None:  # noqa: F811
    keys = open_keys(server)
    person = await connected(Vault(keys), provider)
    connection = await asyncpg.connect(server)
    try:
        await connection.execute("SET ROLE voxbus_keys")
        assert await connection.fetchval("SELECT content FROM voxbus_keys.read_sealed($1, 'toy')", person)
        for statement in ("SELECT * FROM voxbus_keys.sealed", "DELETE FROM voxbus_keys.sealed"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
        await keys.close()


async def test_many_workers_of_many_processes_refresh_once(url: str, keys: Keys, tmp_path: Path) -> None:  # noqa: F811
    provider = RotatingProvider(tmp_path / "provider.sqlite")
    person = await connected(Vault(keys), provider)
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(PROCESSES, mp_context=_FORKS) as pool:
        asked = [
            loop.run_in_executor(pool, ask, url, person, tmp_path / "provider.sqlite", CALLERS)
            for _ in range(PROCESSES)
        ]
        given = [token for tokens in await asyncio.gather(*asked) for token in tokens]
    assert given == ["access-1"] * PROCESSES * CALLERS
    assert provider.sent == [("refresh-0", 1)]


@pytest.mark.parametrize(("crash_at", "sent"), [("intended", 0), ("called", 1)])
async def test_who_dies_takes_the_refresh_token_along_and_nobody_sends_it_again(
    server: str,  # noqa: F811
    tmp_path: Path,
    crash_at: str,
    sent: int,
) -> None:
    keys = open_keys(server)
    vault = Vault(keys)
    provider = RotatingProvider(tmp_path / "provider.sqlite")
    person = await connected(vault, provider)
    path = tmp_path / "provider.sqlite"
    process = _FORKS.Process(target=ask, args=(server, person, path, 2, crash_at))
    process.start()
    await asyncio.to_thread(process.join)
    assert process.exitcode == -signal.SIGKILL
    assert len(provider.sent) == sent

    async def asks_the_person() -> bool:
        with pytest.raises(ConnectAgain):  # waits as long as the dead one might still store its tokens
            await vault.access_token(person, provider)
        return True

    await until(asks_the_person)
    assert await vault.state(person, provider.name) == "unknown"
    assert len(provider.sent) == sent
    await vault.keep(person, provider.name, Tokens("access-new", None, 7200))
    assert await vault.access_token(person, provider) == "access-new"
    await keys.close()


def at_hand(provider: RotatingProvider) -> tuple[KeysInMemory, Vault]:
    store = KeysInMemory()
    store.now = lambda: 0.0
    return store, Vault(Keys(store))


async def test_silence_is_no_revocation(provider: RotatingProvider) -> None:
    store, vault = at_hand(provider)
    person = await connected(vault, provider)
    provider.away = True
    for at in (0.0, 1.0, 2.0):
        store.now = lambda at=at: at  # type: ignore[misc]
        with pytest.raises(DependencyDown) as down:
            await vault.access_token(person, provider)
        assert down.value.probe_after >= 1
    assert await vault.state(person, provider.name) == "connected"
    provider.away = False
    store.now = lambda: 10.0
    assert await vault.access_token(person, provider) == "access-1"


async def test_only_the_second_refusal_of_the_newest_token_asks_the_person(provider: RotatingProvider) -> None:
    store, vault = at_hand(provider)
    person = await connected(vault, provider)
    provider.refuses = True
    for at in (0.0, 30.0):
        store.now = lambda at=at: at  # type: ignore[misc]
        with pytest.raises(DependencyDown):
            await vault.access_token(person, provider)
    assert len(provider.sent) == 1
    store.now = lambda: 60.0
    with pytest.raises(ConnectAgain):
        await vault.access_token(person, provider)
    assert await vault.state(person, provider.name) == "refused"
    assert len(provider.sent) == 2


class Held(RotatingProvider):
    """Answers when it is told to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def refresh(self, refresh_token: str) -> Tokens:
        self.asked.set()
        await self.go.wait()
        return await super().refresh(refresh_token)


@pytest.mark.parametrize("refuses", [False, True])
async def test_what_comes_back_late_changes_nothing_for_who_connected_anew(tmp_path: Path, refuses: bool) -> None:
    provider = Held(tmp_path / "provider.sqlite")
    provider.refuses = refuses
    _, vault = at_hand(provider)
    person = await connected(vault, provider)
    waiting = asyncio.create_task(vault.access_token(person, provider))
    await provider.asked.wait()
    await vault.keep(person, provider.name, Tokens("access-new", "refresh-new", 7200))
    provider.go.set()
    assert await waiting == "access-new"
    assert await vault.state(person, provider.name) == "connected"


async def test_a_late_answer_is_stored_after_the_lease_and_by_who_was_left_alone(tmp_path: Path) -> None:
    provider = Held(tmp_path / "provider.sqlite")
    store, vault = at_hand(provider)
    person = await connected(vault, provider)
    caller = asyncio.create_task(vault.access_token(person, provider))
    await provider.asked.wait()
    caller.cancel()
    assert await vault.state(person, provider.name) == "refreshing"
    store.now = lambda: 31.0
    assert await vault.state(person, provider.name) == "unknown"
    provider.go.set()
    await vault.aclose()
    assert await vault.access_token(person, provider) == "access-1"
    assert len(provider.sent) == 1


async def test_a_defect_leaves_the_end_unknown(provider: RotatingProvider) -> None:
    class Broken(RotatingProvider):
        async def refresh(self, refresh_token: str) -> Tokens:
            raise ZeroDivisionError

    broken = Broken(Path("/nowhere"))
    store, vault = at_hand(provider)
    person = await connected(vault, provider)
    with pytest.raises(ZeroDivisionError):
        await vault.access_token(person, broken)
    store.now = lambda: 31.0
    with pytest.raises(ConnectAgain):
        await vault.access_token(person, provider)
    assert provider.sent == []


class Away(KeysInMemory):
    """Is away for as many reads as it is told."""

    away = 0

    async def read_sealed(self, person: UUID, name: str):  # type: ignore[no-untyped-def]
        if self.away:
            self.away -= 1
            raise DependencyDown("the key store")
        return await super().read_sealed(person, name)


async def test_new_tokens_outlive_a_moment_without_the_key_store(tmp_path: Path) -> None:
    provider = Held(tmp_path / "provider.sqlite")
    store = Away()
    vault = Vault(Keys(store))
    person = await connected(vault, provider)
    waiting = asyncio.create_task(vault.access_token(person, provider))
    await provider.asked.wait()
    store.away = 2
    provider.go.set()
    assert await waiting == "access-1"


async def test_what_is_taken_out_is_gone(provider: RotatingProvider, keys: Keys) -> None:
    vault = Vault(keys)
    person = await connected(vault, provider)
    taken = await vault.take_out(person, provider.name)
    assert taken is not None
    assert (taken.access_token, taken.refresh_token) == ("access-0", "refresh-0")
    assert await vault.take_out(person, provider.name) is None
    assert await vault.state(person, provider.name) == "none"
