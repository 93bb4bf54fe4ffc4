"""Tests the deletion of media that a settlement asked for."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chassis.delivery import statements
from chassis.delivery.media_deletion import MediaDeleter
from chassis.fresh_databases import fresh_database
from chassis.observe.health import Watchdog
from chassis.storage.database import Database, open_database
from chassis.storage.media import open_media
from chassis.storage.schemas import open_as_owner
from libs.chassis.tests.integration.demo import DemoDeps, demo


@pytest.fixture
async def url(postgres_url: str) -> AsyncIterator[str]:
    async with fresh_database(postgres_url, [demo(DemoDeps())]) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = open_database(url, "demo", size=1)
    yield opened
    await opened.close()


@pytest.fixture
async def backup(url: str) -> AsyncIterator[Database]:
    opened = open_as_owner(url)
    yield opened
    await opened.close()


async def test_one_object_that_cannot_be_deleted_keeps_no_other(database: Database, tmp_path: Path) -> None:
    media = open_media(None, tmp_path)
    await media.write("recordings/b", b"sound", "audio/webm")
    (tmp_path / "media" / "recordings" / "a").mkdir()  # a folder is no object: the store refuses to delete it
    await database.fetch(statements.INSERT_MEDIA_DELETIONS, ["recordings/a", "recordings/b"], [None, None])
    eraser = MediaDeleter("demo", database, media, Watchdog().pulse("eraser"))
    assert await eraser.delete_due() == 1
    rows = await database.fetch("SELECT ref FROM media_deletions WHERE deleted_at IS NULL")
    assert [row.ref for row in rows] == ["recordings/a"]
    assert not (tmp_path / "media" / "recordings" / "b").exists()


async def test_a_hundred_objects_that_are_refused_keep_no_later_one(database: Database, tmp_path: Path) -> None:
    media = open_media(None, tmp_path)
    await media.write("recordings/later", b"sound", "audio/webm")
    refused = [f"recordings/{number}" for number in range(100)]
    for ref in refused:
        (tmp_path / "media" / ref).mkdir()
    await database.fetch(statements.INSERT_MEDIA_DELETIONS, refused, [None] * len(refused))
    await database.fetch(statements.INSERT_MEDIA_DELETIONS, ["recordings/later"], [None])
    eraser = MediaDeleter("demo", database, media, Watchdog().pulse("eraser"))
    assert [await eraser.delete_due() for _ in range(3)] == [0, 1, 0]
    rows = await database.fetch("SELECT ref FROM media_deletions WHERE deleted_at IS NULL")
    assert {row.ref for row in rows} == set(refused)


async def test_nothing_is_deleted_while_a_backup_copies_media(
    database: Database, backup: Database, tmp_path: Path
) -> None:
    media = open_media(None, tmp_path)
    await media.write("recordings/a", b"sound", "audio/webm")
    await database.fetch(statements.INSERT_MEDIA_DELETIONS, ["recordings/a"], [None])
    eraser = MediaDeleter("demo", database, media, Watchdog().pulse("eraser"))
    async with backup.transaction() as copying:
        await copying.fetch(f"SELECT pg_advisory_xact_lock({statements.KEEP_MEDIA})")
        assert await eraser.delete_due() == 0
        assert (tmp_path / "media" / "recordings" / "a").exists()
    assert await eraser.delete_due() == 1
