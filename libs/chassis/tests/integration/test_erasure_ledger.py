# ruff: noqa: ASYNC240 - what a file holds is read between two steps, when nothing else runs
"""Tests the ledger of erasures: durable lines, also of several processes at once, after a crash, on a bad place."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
from pathlib import Path
from uuid import UUID

import pytest
from obstore.store import MemoryStore

from chassis.errors import DependencyDown, SettingsError
from chassis.message.envelope import new_id
from chassis.settings import Settings
from chassis.storage.erasure_ledger import FILE_NAME, LedgerBucket, LedgerFile, open_ledger

PROCESSES, EACH = 3, 20


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "apart").mkdir()
    return tmp_path / "apart" / FILE_NAME


async def test_a_line_says_who_and_when_and_is_written_once(path: Path) -> None:
    ledger, person, other = LedgerFile(path), new_id(), new_id()
    await ledger.append([person])
    await ledger.append([person, other])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line.keys(), line["person_id"]) for line in lines] == [
        ({"person_id", "at"}, str(each)) for each in (person, other)
    ]
    assert (await LedgerFile(path).read()).keys() == {person, other}
    assert path.stat().st_mode & 0o777 == 0o600


async def test_an_empty_file_is_a_ledger_and_an_empty_bucket_is_none(path: Path) -> None:
    file, bucket = LedgerFile(path), LedgerBucket(MemoryStore())
    assert (await file.exists(), await bucket.exists()) == (False, False)
    await file.check()
    await bucket.append([new_id()])
    assert (await file.exists(), await bucket.exists()) == (True, True)


async def test_without_a_file_nobody_was_erased_and_without_its_folder_it_is_not_known(path: Path) -> None:
    path.parent.rmdir()
    with pytest.raises(SettingsError, match=r"VOXBUS_ERASED_URL.*no folder .*apart"):
        await LedgerFile(path).read()
    path.parent.mkdir()
    assert await LedgerFile(path).read() == {}


def _append_each(path: Path, persons: list[UUID]) -> None:
    async def append() -> None:
        for person in persons:
            await LedgerFile(path).append([person])

    asyncio.run(append())


async def test_gateways_that_append_at_once_lose_nothing(path: Path) -> None:
    persons = [[new_id() for _ in range(EACH)] for _ in range(PROCESSES)]
    forking = multiprocessing.get_context("fork")
    processes = [forking.Process(target=_append_each, args=(path, some)) for some in persons]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert (await LedgerFile(path).read()).keys() == {person for some in persons for person in some}
    assert len(path.read_text().splitlines()) == PROCESSES * EACH


async def test_removing_some_keeps_the_others_and_whoever_is_appended_meanwhile(path: Path) -> None:
    ledger, old, kept, new = LedgerFile(path), new_id(), new_id(), new_id()
    await ledger.append([old, kept])
    before = await ledger.read()
    await asyncio.gather(ledger.remove([old]), LedgerFile(path).append([new]), LedgerFile(path).remove([new_id()]))
    found = await ledger.read()
    assert found.keys() == {kept, new}
    assert found[kept] == before[kept]
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("kept", [1, 30, 60], ids="{} bytes of it".format)
async def test_a_torn_last_line_counts_for_nothing_and_the_next_is_whole(path: Path, kept: int) -> None:
    ledger, person, torn, later = LedgerFile(path), new_id(), new_id(), new_id()
    await ledger.append([person])
    good = path.read_bytes()
    await ledger.append([torn])
    os.truncate(path, len(good) + kept)
    assert (await ledger.read()).keys() == {person}
    await ledger.append([later])
    assert (await ledger.read()).keys() == {person, later}
    assert path.read_bytes().startswith(good)


async def test_a_last_line_that_lacks_its_end_alone_counts(path: Path) -> None:
    ledger, person, later = LedgerFile(path), new_id(), new_id()
    await ledger.append([person])
    os.truncate(path, path.stat().st_size - 1)
    await ledger.append([later])
    assert (await ledger.read()).keys() == {person, later}


async def test_a_line_that_was_damaged_since_is_no_torn_one(path: Path) -> None:
    ledger = LedgerFile(path)
    await ledger.append([new_id()])
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(SettingsError, match="Line 1"):
        await ledger.read()
    with pytest.raises(SettingsError):
        await ledger.append([new_id()])


async def test_a_place_that_takes_nothing_is_told_at_the_start_and_at_an_erasure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ledger = LedgerFile(tmp_path / "file" / FILE_NAME)
    with pytest.raises(SettingsError, match="VOXBUS_ERASED_URL"):
        await ledger.check()
    with pytest.raises(DependencyDown):
        await ledger.append([new_id()])


async def test_a_folder_that_is_not_mounted_gets_no_new_ledger(tmp_path: Path) -> None:
    path = tmp_path / "volume" / FILE_NAME
    named = open_ledger(Settings(data_dir=tmp_path / "data", erased_url=f"file://{path}"))
    with pytest.raises(SettingsError, match="there is no folder"):
        await named.check()
    with pytest.raises(DependencyDown):
        await named.append([new_id()])
    assert not path.parent.exists()
    own = open_ledger(Settings(data_dir=tmp_path / "data"))  # the data directory is made with the installation
    await own.check()
    assert (tmp_path / "data" / FILE_NAME).exists()


async def test_a_full_disk_takes_nothing_and_damages_nothing() -> None:
    ledger = LedgerFile(Path("/dev/full"))  # every write fails with ENOSPC
    with pytest.raises(DependencyDown):
        await ledger.append([new_id()])


async def test_a_bucket_has_an_object_for_each(tmp_path: Path) -> None:
    store = MemoryStore()
    ledger, persons = LedgerBucket(store), {new_id(), new_id()}
    await ledger.check()
    await ledger.append(persons)
    await LedgerBucket(store).append(persons)
    found = [entry["path"] for page in store.list() for entry in page]
    assert len(found) == 2
    assert json.loads(bytes(store.get(found[0]).bytes())).keys() == {"person_id", "at"}
    assert (await ledger.read()).keys() == persons
    gone = min(persons)
    await ledger.remove([gone])
    assert (await ledger.read()).keys() == persons - {gone}


async def test_it_lies_in_the_data_directory_unless_told_otherwise(tmp_path: Path) -> None:
    person = new_id()
    for url, path in (
        (None, tmp_path / FILE_NAME),
        (f"file://{tmp_path}/mine.jsonl", tmp_path / "mine.jsonl"),
        (f"file://{tmp_path}", tmp_path / FILE_NAME),
    ):
        await open_ledger(Settings(data_dir=tmp_path, erased_url=url)).append([person])
        assert path.read_text().count(str(person)) == 1
