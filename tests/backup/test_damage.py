"""Damages backups, interrupts them, and names wrong places: nothing is restored from what is not whole."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import boto3
import pytest
from moto.server import ThreadedMotoServer

from chassis.errors import SettingsError, VoxbusError
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.storage.erasure_ledger import as_lines, open_ledger
from chassis.storage.keyfile import KeyFile
from chassis.storage.media import open_media, open_place
from chassis.testing import until
from gateway.jobs.half_restored import HalfRestored, refuse_half_restored
from tests.backup.installation import Installation, empty_installation
from tests.faults.processes import environment, start
from voxbus.backup.errors import BackupDamaged, NoBackup, RestoreRefused
from voxbus.backup.listing import listed
from voxbus.backup.manifest import complete, read_manifest, time_of, write_manifest
from voxbus.backup.places import split
from voxbus.backup.restore import Asked, restore
from voxbus.backup.take import Taken, take
from voxbus.cli.outcome import Refused
from voxbus.operator import at_the_command_line
from voxbus.runner import migrate_database, run_all
from voxbus.services import SERVICES
from voxbus.whole import refuse_what_is_not_whole

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]


def silent(_: str) -> None:
    """Tells nobody."""


@dataclass
class Made:
    """Holds an installation that does not run, with a person, a key and a recording, and a backup of it."""

    one: Installation
    place: Path
    taken: Taken

    def copied(self, to: Path) -> Path:
        """Returns a copy of the three places, to be damaged."""
        shutil.copytree(self.place, to / "b")
        for part in ("keys", "erased"):
            shutil.copytree(f"{self.place}-{part}", to / f"b-{part}")
        return to / "b"

    def file(self, place: Path, name: str) -> Path:
        """Returns a file of the backup in a copy of its place."""
        return place / self.taken.manifest.id / name


@pytest.fixture(scope="module")
async def made(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Made]:
    folder = tmp_path_factory.mktemp("backups")
    async with fresh_database(postgres_url, SERVICES) as url:
        one = Installation(folder / "one", url)
        person = new_id()
        await KeyFile(folder / "one" / "keys.sqlite").make([person])
        await open_media(None, folder / "one").write("recordings/a", b"sound", "audio/webm")
        database = await asyncpg.connect(url)
        await database.execute(
            "INSERT INTO gateway.people (id, email, username, password_hash) VALUES ($1, 'a@example.org', 'A', 'none')",
            person,
        )
        await database.close()
        yield Made(one, folder / "b", await take(one.settings, str(folder / "b"), None, silent))


@pytest.fixture
async def two(postgres_url: str, tmp_path: Path) -> AsyncIterator[Installation]:
    (tmp_path / "two").mkdir()
    async with empty_installation(tmp_path / "two", postgres_url) as found:
        yield found


def asked(place: Path | str, *, force: bool = False, keys: str | None = None, erased: bool = True) -> Asked:
    return Asked(str(place), keys, f"{made_at(place)}-erased" if erased else None, force)


def made_at(place: Path | str) -> str:
    """Returns the place of a name that may go on to one backup."""
    return split(str(place))[0]


def left_in(place: Path) -> list[str]:
    """Returns the names of what lies at a place."""
    return [each.name for each in place.iterdir()]


def flip(path: Path) -> None:
    """Changes one bit in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


DAMAGE: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a bit of the dump": ("database.dump", flip),
    "the end of the dump": ("database.dump", cut),
    "no dump": ("database.dump", Path.unlink),
    "a bit of the manifest": ("manifest.json", flip),
    "a bit of the list of media": ("media.jsonl", flip),
    "the end of the list of media": ("media.jsonl", cut),
    "an object": ("media/recordings/a", flip),
    "no object": ("media/recordings/a", Path.unlink),
}


@pytest.mark.parametrize(("name", "damage"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_found_before_the_target_is_touched(
    made: Made, two: Installation, tmp_path: Path, name: str, damage: Callable[[Path], None]
) -> None:
    place = made.copied(tmp_path)
    damage(made.file(place, name))
    with pytest.raises(BackupDamaged):
        await restore(two.settings, asked(place), silent)
    assert await two.rows() == {}
    assert not (two.folder / "keys.sqlite").exists()
    if "recordings" in name:  # the rest is there for who wants it all the same
        report = await restore(two.settings, asked(place, force=True), silent)
        assert (report.media_found, report.media_missing) == (0, ["recordings/a"])
        assert await two.ask("SELECT count(*) FROM gateway.people") == 1


async def test_a_damaged_copy_of_the_keys_is_found_and_another_store_may_be_named(
    made: Made, two: Installation, tmp_path: Path
) -> None:
    place = made.copied(tmp_path)
    flip(tmp_path / "b-keys" / made.taken.manifest.id / "keys.sqlite")
    with pytest.raises(BackupDamaged):
        await restore(two.settings, asked(place), silent)
    shutil.rmtree(tmp_path / "b-keys")
    with pytest.raises(NoBackup, match="--keys-from"):
        await restore(two.settings, asked(place), silent)
    assert await two.rows() == {}
    report = await restore(two.settings, asked(place, keys=str(made.one.folder / "keys.sqlite")), silent)
    assert report.differs == {}
    with closing(sqlite3.connect(two.folder / "keys.sqlite")) as keys:
        assert keys.execute("SELECT count(secret) FROM keys").fetchone() == (1,)


async def test_a_target_that_is_not_empty_is_left_as_it_is(made: Made, two: Installation) -> None:
    await restore(two.settings, asked(made.place), silent)
    before = await two.rows()
    with pytest.raises(RestoreRefused, match=r"not empty: there is a database .* a key store .* media"):
        await restore(two.settings, asked(made.place), silent)
    assert await two.rows() == before
    gone = new_id()
    await KeyFile(two.folder / "keys.sqlite").destroy(gone)
    await open_media(None, two.folder).write("recordings/later", b"sound", "audio/webm")
    report = await restore(two.settings, asked(made.place, force=True), silent)
    assert [path.name for path in (two.folder / "media" / "recordings").iterdir()] == ["a"]
    assert report.resumed.erased_again == 1
    assert str(gone) in (two.folder / "erasures.jsonl").read_text(), "a restore forgets nobody who was erased"


async def test_nothing_starts_on_what_is_half_restored(made: Made, two: Installation) -> None:
    def end(what: str) -> None:
        if what == "restoring the database":
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await restore(two.settings, asked(made.place), end)
    for begun in (run_all(two.settings), migrate_database(two.settings)):
        with pytest.raises(HalfRestored):
            await begun
    gateway = open_database(two.url, "gateway", size=1)
    try:
        with pytest.raises(HalfRestored):
            await refuse_half_restored(gateway)
    finally:
        await gateway.close()
    with pytest.raises(RestoreRefused, match="not empty"):
        await restore(two.settings, asked(made.place), silent)
    assert (await restore(two.settings, asked(made.place, force=True), silent)).differs == {}
    await refuse_what_is_not_whole(two.url)


async def test_a_target_that_is_in_use_is_refused(made: Made, two: Installation) -> None:
    user = await asyncpg.connect(two.url, server_settings={"application_name": "voxbus-speech-work"})
    try:
        with pytest.raises(RestoreRefused, match="voxbus-speech-work"):
            await restore(two.settings, asked(made.place, force=True), silent)
    finally:
        await user.close()


async def test_nothing_is_restored_without_the_ledger_of_who_was_erased(
    made: Made, two: Installation, tmp_path: Path
) -> None:
    place = made.copied(tmp_path)
    assert not list(place.rglob("erasures.jsonl")), "the list lies apart from what it is held against"
    gone = new_id()
    copy = tmp_path / "b-erased" / "erasures.jsonl"
    copy.write_bytes(as_lines({gone: datetime.now(UTC)}))
    with pytest.raises(RestoreRefused, match="--erased-from"):
        await restore(two.settings, asked(place, erased=False), silent)
    manifest = await read_manifest(open_place(str(place)), made.taken.manifest.id)
    old = f"20260101T000000Z-{uuid4().hex[:6]}"
    shutil.copytree(place / manifest.id, place / old)
    await write_manifest(open_place(str(place)), replace(manifest, id=old))
    with pytest.raises(RestoreRefused, match="VOXBUS_BACKUPS_KEPT"):
        await restore(two.settings, asked(place / old), silent)
    assert await two.rows() == {}
    assert not (two.folder / "erasures.jsonl").exists()
    await open_ledger(two.settings).check()  # its own, in which nobody is
    report = await restore(two.settings, asked(place / manifest.id, erased=False), silent)
    assert report.resumed.erased_again == 1, "the list that the backup wrote is an addition"
    assert str(gone) in (two.folder / "erasures.jsonl").read_text()


async def test_force_names_what_it_touches_and_asks(made: Made, two: Installation) -> None:
    questions: list[str] = []

    def refuse(question: str) -> None:
        questions.append(question)
        raise Refused(question)

    await restore(two.settings, asked(made.place, erased=False, force=True), silent, questions.append)
    assert len(questions) == 1
    assert "erased" in questions[0]
    before = await two.rows()
    with pytest.raises(Refused):
        await restore(two.settings, asked(made.place, force=True), silent, refuse)
    assert re.search(r"a database with \d+ tables and \d+ rows and a key store with 1 keys and media", questions[1])
    assert await two.rows() == before


async def test_a_backup_is_an_act_of_an_operator(made: Made) -> None:
    found = await made.one.ask(
        "SELECT operator || ' ' || outcome FROM gateway.operator_acts"
        f" WHERE act = 'backup_made' AND object = '{made.taken.manifest.id}'"
    )
    assert found == f"{at_the_command_line().name} done"


async def test_a_backup_that_is_killed_is_none(made: Made, two: Installation, tmp_path: Path) -> None:
    place = tmp_path / "killed"
    given = environment(
        tmp_path,
        data_dir=str(made.one.folder),
        database_url=made.one.url,
        keys_url=made.one.settings.keys_url or "",
    )
    for late in (False, True):  # with the first file, and once the dump is there
        process = await start(tmp_path / f"{late}.log", given, "voxbus", "backup", "--to", str(place))

        async def begun(wanted: str = "database.dump" if late else "media/recordings/a") -> bool:
            return any(place.glob(f"*/{wanted}"))

        try:
            await until(begun, within=60, every=0.005, what="a part of a backup")
        finally:
            await process.kill()
        assert await complete(open_place(str(place))) == []
        with pytest.raises(NoBackup):
            await restore(two.settings, asked(place), silent)
        assert {row["state"] for row in await listed(str(place))} == {"interrupted"}
        shutil.rmtree(place)
    taken = await take(made.one.settings, str(place), None, silent)
    assert [row["id"] for row in await listed(str(place)) if row["state"] == "complete"] == [taken.manifest.id]
    noted = (
        "SELECT object || ' ' || outcome FROM gateway.operator_acts WHERE act = 'backup_made' ORDER BY id DESC LIMIT 1"
    )
    assert await made.one.ask(noted) == f"{taken.manifest.id} done"
    assert time_of(taken.manifest.id) - time_of(made.taken.manifest.id) < timedelta(hours=1)


async def test_a_backup_that_fails_leaves_nothing(made: Made, tmp_path: Path) -> None:
    place = tmp_path / "failed"
    settings = Settings(
        data_dir=made.one.folder, database_url=made.one.url, keys_url=f"file://{tmp_path}/never-was.sqlite"
    )
    with pytest.raises(VoxbusError, match="There is no key store"):
        await take(settings, str(place), None, silent)

    def end(what: str) -> None:
        if what.startswith("dump"):
            cancelled.cancel()

    cancelled = asyncio.create_task(take(made.one.settings, str(place), None, end))
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert [left_in(Path(f"{place}{part}")) for part in ("", "-keys", "-erased")] == [[], [], []]


async def test_a_bucket_holds_backups_and_media(made: Made, two: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_ENDPOINT", f"http://{host}:{port}")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
        for bucket in ("backups", "keys", "media"):
            client.create_bucket(Bucket=bucket)
        taken = await take(made.one.settings, "s3+http://backups/voxbus", "s3+http://keys/voxbus", silent)
        target = two.settings.model_copy(update={"media_url": "s3+http://media/there"})
        wanted = Asked(
            "s3+http://backups/voxbus", "s3+http://keys/voxbus", "s3+http://backups/voxbus-erased", force=False
        )
        report = await restore(target, wanted, silent)
        assert (report.backup, report.media_found, report.differs) == (taken.manifest.id, 1, {})
        assert await open_place("s3+http://media/there").read_bytes("recordings/a") == b"sound"
        kept = client.list_objects_v2(Bucket="backups")["Contents"]
        assert {each["Key"].removeprefix(f"voxbus/{taken.manifest.id}/") for each in kept} == {
            "database.dump",
            "late_events.jsonl",
            "manifest.json",
            "media.jsonl",
            "media/recordings/a",
            "voxbus-erased/erasures.jsonl",
        }
        with pytest.raises(SettingsError, match="plain http"):
            await take(made.one.settings, "s3://backups/voxbus", None, silent)
    finally:
        server.stop()
