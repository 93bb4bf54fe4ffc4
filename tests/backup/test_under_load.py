"""Backs an installation up under load, erases a person, and restores it elsewhere: each row; each job to its end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from httpx2 import AsyncClient

from chassis.fresh_databases import fresh_database
from chassis.testing import until
from tests.backup.installation import SECRET_KEY, Installation, empty_installation
from tests.faults.client import Client
from tests.faults.load import TEXT
from voxbus.backup.restore import Asked, restore
from voxbus.backup.take import take
from voxbus.services import SERVICES

pytestmark = pytest.mark.timeout(300)

#: what the erasure writes under an id of its own
OF_THE_ERASURE = {"gateway.erasures", "gateway.erasure_services", "gateway.security_events"}
#: what the restore writes of itself
OF_THE_RESTORE = {"gateway.operator_acts"}
PAUSE_S = 0.5
RECORDING = (Path(__file__).parents[2] / "samples" / "she-sells.webm").read_bytes()

_ACTS = "SELECT string_agg(act || ' ' || outcome, ', ' ORDER BY id) FROM gateway.operator_acts"


@asynccontextmanager
async def load(client: Client, jobs: list[UUID]) -> AsyncIterator[None]:
    """Submits one attempt after the other, and adds its job once it is accepted."""

    async def submit() -> None:
        while True:
            jobs.append(await client.submit(RECORDING, TEXT))
            await asyncio.sleep(PAUSE_S)  # each attempt costs processor time

    submitting = asyncio.create_task(submit())
    try:
        yield
    finally:
        submitting.cancel()
        await asyncio.gather(submitting, return_exceptions=True)


@asynccontextmanager
async def feedback_waits(one: Installation) -> AsyncIterator[asyncio.Event]:
    """Lets no feedback be stored, so that no job ends, until what it provides is set."""
    may_go_on = asyncio.Event()
    connection = await asyncpg.connect(one.url)

    async def let_go() -> None:
        await may_go_on.wait()
        await connection.close()

    await connection.execute("BEGIN; LOCK TABLE feedback.feedback IN SHARE MODE")
    letting_go = asyncio.create_task(let_go())
    try:
        yield may_go_on
    finally:
        may_go_on.set()
        await letting_go


class Frozen:
    """Reads all rows as the backup sees them, while it does."""

    def __init__(self, one: Installation) -> None:
        self._one = one
        self._reading: asyncio.Task[dict[str, list[str]]] | None = None

    def tell(self, begun: asyncio.Event, what: str) -> None:
        """Is told what the backup does. Sets `begun` once what the backup sees is settled."""
        if what == "dumping the database":
            begun.set()
            self._reading = asyncio.create_task(self._read())

    async def rows(self) -> dict[str, list[str]]:
        assert self._reading is not None
        return await self._reading

    async def _read(self) -> dict[str, list[str]]:
        snapshot = await self._one.ask("SELECT pg_ls_dir FROM pg_ls_dir('pg_snapshots')")
        return await self._one.rows(str(snapshot))


@pytest.mark.landing
async def test_all_that_was_accepted_before_a_backup_is_restored_and_ends(postgres_url: str, tmp_path: Path) -> None:
    place = tmp_path / "backups"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        fresh_database(postgres_url, SERVICES) as url,
        empty_installation(tmp_path / "two", postgres_url) as two,
    ):
        one = Installation(tmp_path / "one", url)
        process = await one.run("one")
        frozen = Frozen(one)
        jobs: list[UUID] = []
        async with Client(await process.ready()) as staying, Client(await process.ready()) as leaving:
            gone = (await leaving.http.get("/me")).json()["id"]
            theirs = [gone, str(await leaving.submit(RECORDING, TEXT))]
            async with load(staying, jobs):
                await until(lambda: _is(len(jobs) > 1), what="load")
                async with feedback_waits(one) as begun:
                    accepted = len(jobs)  # one more may be under way; those that follow it cannot end
                    await until(lambda: _is(len(jobs) > accepted + 1), what="a job that does not end")
                    before = list(jobs)
                    taken = await take(one.settings, str(place), None, partial(frozen.tell, begun))
            token = staying.http.headers["Authorization"]
            erased = await leaving.http.request("DELETE", "/me", json={"password": "correct horse battery"})
            assert erased.status_code == 202, erased.text
        await process.kill()
        assert taken.manifest.objects >= 1
        assert _secrets_in(place, one) == []

        ledger = one.folder / "erasures.jsonl"
        report = await restore(two.settings, Asked(str(place), None, str(ledger), force=False), lambda _: None)
        assert report.differs == {}
        assert report.media_found == taken.manifest.objects
        assert report.resumed.erased_again == 1
        assert await _differences(await frozen.rows(), two, theirs) == []
        assert await one.ask(_ACTS) == "backup_made done"
        assert await two.ask(_ACTS) == "backup_restored done"

        process = await two.run("two")
        async with AsyncClient(base_url=await process.ready(), headers={"Authorization": token}, timeout=30) as http:
            assert report.resumed.jobs > 0
            await until(lambda: _all_end(http, before), within=60, what="the end of every job")
        assert await two.ask(f"SELECT count(*) FROM gateway.people WHERE id = '{gone}'") == 0
        await process.stop()


async def _is(answer: bool) -> bool:
    return answer


async def _all_end(http: AsyncClient, jobs: list[UUID]) -> bool:
    answers = [(await http.get(f"/jobs/{job}")).json()["status"] for job in jobs]
    assert set(answers) <= {"accepted", "running", "succeeded"}
    return set(answers) == {"succeeded"}


def _secrets_in(place: Path, one: Installation) -> list[str]:
    """Returns the files of a backup that hold a key of anybody's, or the installation's secret."""
    with closing(sqlite3.connect(one.folder / "keys.sqlite")) as keys:
        secrets = [
            SECRET_KEY.encode(),
            *(key for (key,) in keys.execute("SELECT secret FROM keys WHERE secret NOTNULL")),
        ]
    files = [path for path in place.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(secret in path.read_bytes() for secret in secrets)]


def _without(rows: list[str], words: list[str]) -> list[str]:
    return [row for row in rows if not any(word in row for word in words)]


async def _differences(frozen: dict[str, list[str]], two: Installation, gone: list[str]) -> list[str]:
    """Returns the tables that hold something else than they did, but for what the erasure has done."""
    now = await two.rows()
    found = []
    for name in sorted((frozen.keys() | now.keys()) - OF_THE_ERASURE - OF_THE_RESTORE):
        before, after = frozen.get(name, []), now.get(name, [])
        if _without(before, gone) != _without(after, gone):
            found.append(name)
    return found
