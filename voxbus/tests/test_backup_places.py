"""Tests where backups lie, how long they stay, how media are copied, and how programs are given an address."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.errors import SettingsError
from chassis.settings import Settings
from chassis.storage.media import open_place
from chassis.storage.place import Content, Place
from voxbus.__main__ import main
from voxbus.backup.errors import BackupDamaged, NoBackup
from voxbus.backup.listing import listed
from voxbus.backup.manifest import (
    MANIFEST,
    Manifest,
    begun_at,
    complete,
    read_manifest,
    read_media_list,
    write_manifest,
)
from voxbus.backup.media_copy import MediaCopy
from voxbus.backup.places import Places, split, tidy
from voxbus.backup.programs import Programs, find_programs, libpq
from voxbus.backup.restore import Asked, Restored
from voxbus.backup.resume import Resumed

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
WHOLE = Manifest(
    id="20261129T120000Z-000000",
    snapshot_at="2026-11-29T12:00:00.000Z",
    finished_at="2026-11-29T12:00:01.000Z",
    product="0.1.0",
    server=18,
    programs=18,
    dump=Content(3, "0" * 64),
    tables={"gateway.people": 1},
    media_list=Content(0, "0" * 64),
    objects=0,
    media_bytes=0,
    late_events=Content(0, "0" * 64),
)


async def backed_up(place: Place, age: timedelta) -> str:
    """Makes a backup of an age that is complete, and nothing else."""
    name = f"{begun_at(NOW - age)}-{uuid4().hex[:6]}"
    await write_manifest(place, replace(WHOLE, id=name))
    return name


async def test_what_is_too_old_is_deleted_at_each_place_by_its_own_period(tmp_path: Path) -> None:
    places = Places.open(str(tmp_path / "b"), None, None, Settings(data_dir=tmp_path / "data"))
    assert (places.keys.folder, places.erased.folder) == (tmp_path / "b-keys", tmp_path / "b-erased")
    day = timedelta(days=1)
    new, old = [await backed_up(places.backups, age) for age in (8 * day, 31 * day)]
    new_keys, old_keys = [await backed_up(places.keys, age) for age in (6 * day, 8 * day)]
    under_way, interrupted = [f"{begun_at(NOW - age)}-aaaaaa" for age in (day / 2, 2 * day)]
    for name in (under_way, interrupted):
        await places.backups.write_bytes(f"{name}/database.dump", b"part")
    deleted = await tidy(places, NOW, 30 * day, 7 * day)
    assert sorted(each.rpartition("/")[2] for each in deleted) == sorted([old, interrupted, old_keys])
    assert sorted(await places.backups.folders()) == sorted([new, under_way])
    assert await places.keys.folders() == [new_keys]


@pytest.mark.parametrize(
    ("to", "keys_to", "erased_to", "why"),
    [
        ("b", "b", None, "apart"),
        ("b", "b/keys", None, "apart"),
        ("b/c", "b", None, "apart"),
        ("b", None, "b", "apart.* --erased-to"),
        ("b", None, "b/erased", "apart.* --erased-to"),
        ("b", None, "b-keys/erased", "apart.* --erased-to"),
        ("data/media/b", None, None, "among the media"),
        ("b", "data/media", None, "among the media"),
        ("b", None, "data/media/erased", "among the media"),
        ("ftp://somewhere/b", None, None, "is no place"),
        ("a-file", None, None, "cannot be used"),
    ],
)
def test_places_that_cannot_be_are_refused(
    tmp_path: Path, to: str, keys_to: str | None, erased_to: str | None, why: str
) -> None:
    (tmp_path / "a-file").write_text("")
    there = [
        None if each is None else each if "://" in each else str(tmp_path / each) for each in (to, keys_to, erased_to)
    ]
    with pytest.raises(SettingsError, match=why):
        Places.open(there[0] or "", there[1], there[2], Settings(data_dir=tmp_path / "data"))


def test_a_name_may_go_on_to_one_backup() -> None:
    assert split("/b/20261129T120000Z-0a1b2c/") == ("/b", "20261129T120000Z-0a1b2c")
    assert split("s3://bucket/b/20261129T120000Z-0a1b2c") == ("s3://bucket/b", "20261129T120000Z-0a1b2c")
    assert split("/b") == ("/b", None)


async def test_a_manifest_that_was_changed_is_found(tmp_path: Path) -> None:
    place = open_place(str(tmp_path))
    await write_manifest(place, WHOLE)
    assert await read_manifest(place, WHOLE.id) == WHOLE
    assert await complete(place) == [WHOLE.id]
    path = tmp_path / WHOLE.id / MANIFEST
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    whole = path.read_text()
    for changed in (whole.replace('"gateway.people": 1', '"gateway.people": 2'), whole[:-40], "", "[]"):
        path.write_text(changed)
        with pytest.raises(BackupDamaged):
            await read_manifest(place, WHOLE.id)
        assert (await listed(str(tmp_path)))[0]["state"] == "damaged"
    path.unlink()
    with pytest.raises(NoBackup):
        await read_manifest(place, WHOLE.id)


async def test_a_second_round_follows_what_has_come_and_gone(tmp_path: Path) -> None:
    for folder in ("media", "b"):
        (tmp_path / folder).mkdir()
    media, place = open_place(str(tmp_path / "media")), open_place(str(tmp_path / "b"))
    for key in ("recordings/stays", "recordings/goes", "recordings/changes"):
        await media.write_bytes(key, b"first")
    copy = MediaCopy(media, place, WHOLE.id)
    await copy.round()
    await media.delete(["recordings/goes", "recordings/never-was"])
    await media.write_bytes("recordings/changes", b"second!")
    await media.write_bytes("uploads/comes", b"")
    await copy.round()
    content = await copy.write_list()
    kept = {entry.key: entry.size async for entry in place.entries(f"{WHOLE.id}/media/")}
    sizes = {"recordings/changes": 7, "recordings/stays": 5, "uploads/comes": 0}
    assert kept == {f"{WHOLE.id}/media/{key}": size for key, size in sizes.items()}
    manifest = replace(WHOLE, media_list=content)
    assert {key: each.size async for key, each in read_media_list(place, manifest)} == sizes
    with pytest.raises(BackupDamaged):
        _ = [each async for each in read_media_list(place, WHOLE)]


async def test_what_cannot_be_read_to_its_end_is_not_written(tmp_path: Path) -> None:
    place = open_place(str(tmp_path))
    await place.write_bytes("a", b"before")
    with pytest.raises(FileNotFoundError):
        await place.write("a", place.read("never-was"))
    assert await place.read_bytes("a") == b"before"


@pytest.mark.parametrize(
    ("url", "dsn", "password"),
    [
        ("postgresql://u:p%40s@h:5/db?sslmode=require", "postgresql://u@h:5/db?sslmode=require", "p@s"),
        ("postgresql://u@/db?host=%2Ftmp&port=5432", "postgresql://u@/db?host=%2Ftmp&port=5432", None),
        ("postgresql:///db?host=/folder", "postgresql:///db?host=/folder", None),
        ("postgresql+asyncpg://u:p@h/db?pooler=session", "postgresql://u@h/db", "p"),
    ],
)
def test_no_password_is_among_the_arguments_of_a_program(url: str, dsn: str, password: str | None) -> None:
    found, environment = libpq(url)
    assert (found, environment.get("PGPASSWORD")) == (dsn, password)
    assert not [name for name in environment if name.startswith("VOXBUS_")]


def test_a_transaction_pooler_is_no_way_for_a_dump() -> None:
    with pytest.raises(SettingsError, match="VOXBUS_DIRECT_DATABASE_URL"):
        libpq("postgresql://u@h/db?pooler=transaction")


async def test_programs_fit_the_server(tmp_path: Path) -> None:
    for major in (15, 17, 19):
        folder = tmp_path / str(major)
        folder.mkdir()
        for name in ("pg_dump", "pg_restore"):
            (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.4'\n")
            (folder / name).chmod(0o755)
    folders = [tmp_path / each for each in ("15", "19", "17", "none")]
    assert await find_programs(17, folders=folders) == Programs(tmp_path / "17", 17)
    assert await find_programs(16, folders=folders) == Programs(tmp_path / "17", 17)
    assert await find_programs(15, 18, folders) == Programs(tmp_path / "19", 19)
    with pytest.raises(SettingsError, match=r"found: 15, 17, 19\): install postgresql-client-20"):
        await find_programs(20, folders=folders)


def test_exit_codes_say_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOXBUS_DATA_DIR", str(tmp_path / "data"))
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["backup", "list", str(empty)]) == 4
    assert main(["restore", "--from", str(empty)]) == 4
    assert main(["restore", "--from", str(tmp_path / "never-was")]) == 1
    assert main(["backup"]) in (0, 2)  # help
    said = capsys.readouterr().err
    assert "There is no complete backup" in said
    assert "There is no folder" in said


def test_force_without_a_terminal_is_refused_unless_a_script_says_yes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOXBUS_DATA_DIR", str(tmp_path / "data"))

    async def restoring(_: Settings, asked: Asked, tell: object, ask: Callable[[str], None]) -> Restored:
        assert asked.force
        ask("The restore overwrites a database with 2 tables. Go on?")
        return Restored("backup", "then", {}, {}, 0, [], Resumed(0, 0, 0, 0))

    monkeypatch.setattr("voxbus.cli.backup.restore_backup", restoring)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    command = ["restore", "--from", str(tmp_path), "--force"]
    assert main(command) == 5
    assert "a database with 2 tables" in capsys.readouterr().err
    assert main([*command, "--yes"]) == 0
