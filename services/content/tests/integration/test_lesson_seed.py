"""Tests that files of lessons are taken at a start: what is new, and what nobody has touched; all or nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from chassis.storage.media import Media, open_media
from content.lessons.seed import Seed, packaged, seed
from services.content.tests.lesson_sources import lesson_source

ONE, TWO = "internet/one", "internet/two"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return open_media(None, tmp_path)


async def start(database: Database, media: Media, *sources: str, more: dict[str, bytes] | None = None) -> list[str]:
    """Takes files as a start does; returns the rules that are broken."""
    files = {f"{source.split()[2]}.md": source.encode() for source in sources}
    async with database.transaction() as tx:
        return [finding.rule for _, finding in await seed(tx, media, Seed(files | (more or {})))]


async def titles(database: Database) -> list[tuple[str, int]]:
    return [
        (row.title, row.revision)
        for row in await database.fetch("SELECT title, revision FROM lessons ORDER BY position")
    ]


async def test_lessons_are_taken_once_and_in_the_order_of_what_they_require(database: Database, media: Media) -> None:
    files = lesson_source(ONE, 1, title="One", requires=[TWO]), lesson_source(TWO, 2, title="Two")
    assert await start(database, media, *files) == []
    assert await start(database, media, *files) == []
    assert await titles(database) == [("One", 1), ("Two", 1)]
    [row] = await database.fetch("SELECT count(*) AS n FROM revisions WHERE published_at IS NOT NULL")
    assert row.n == 2


async def test_a_changed_file_is_the_next_revision(database: Database, media: Media) -> None:
    await start(database, media, lesson_source(ONE, title="One"))
    await start(database, media, lesson_source(ONE, title="Uno"))
    assert await titles(database) == [("Uno", 2)]
    [entry] = await database.fetch("SELECT status, revision, published_revision, title FROM entries")
    assert tuple(entry) == ("published", 2, 2, "Uno")


@pytest.mark.parametrize(
    "touch",
    [
        "UPDATE entries SET updated_by = $1 WHERE updated_by IS DISTINCT FROM $1",
        "UPDATE entries SET status = 'retired' WHERE $1::uuid IS NOT NULL",
        "WITH gone AS (DELETE FROM lessons) DELETE FROM entries WHERE $1::uuid IS NOT NULL",
    ],
)
async def test_what_somebody_has_touched_stays(database: Database, media: Media, touch: str) -> None:
    await start(database, media, lesson_source(ONE, title="One"))
    await database.fetch("ALTER TABLE lessons DROP CONSTRAINT lessons_id_fkey")
    await database.fetch(touch, new_id())
    before = await titles(database)
    await start(database, media, lesson_source(ONE, title="Uno"))
    assert await titles(database) == before


async def test_a_key_that_an_author_has_taken_is_left_out(database: Database, media: Media) -> None:
    columns = "id, kind, key, title, description, status, revision"
    mine = f"INSERT INTO entries ({columns}) VALUES ($1, 'lesson', $2, '', '', 'draft', 1)"
    await database.fetch(mine, new_id(), ONE)
    await start(database, media, lesson_source(ONE), lesson_source(TWO, 2, title="Two"))
    assert await titles(database) == [("Two", 1)]


async def test_one_mistake_and_nothing_is_taken(database: Database, media: Media) -> None:
    wrong = lesson_source(TWO, 1)
    assert await start(database, media, lesson_source(ONE, 1), wrong) == ["sequence", "sequence"]
    assert await start(database, media, lesson_source(ONE, requires=["cloud/nowhere"])) == ["requires"]
    assert await start(database, media, lesson_source(ONE, requires=[TWO]), lesson_source(TWO, 2, requires=[ONE])) == [
        "cycle",
        "cycle",
    ]
    assert await start(database, media, lesson_source(ONE), more={"internet/three.md": b"\xff"}) == ["yaml"]
    assert await titles(database) == []


async def test_of_a_release_only_what_clashes_is_left_out(database: Database, media: Media) -> None:
    await start(database, media, lesson_source("internet/mine", 2, title="Mine"))
    sources = (
        lesson_source(ONE, 1, title="One"),
        lesson_source(TWO, 2, title="Two"),
        lesson_source("internet/three", 3, title="Three", requires=[TWO]),
    )
    files = {f"{source.split()[2]}.md": source.encode() for source in sources}
    async with database.transaction() as tx:
        problems = await seed(tx, media, Seed(files, released=True))
    assert [(path, finding.rule) for path, finding in problems] == [
        ("internet/two.md", "sequence"),
        ("internet/three.md", "requires"),
    ]
    assert await titles(database) == [("One", 1), ("Mine", 1)]


async def test_an_older_replica_that_starts_later_does_not_go_back(database: Database, media: Media) -> None:
    sources = [lesson_source(ONE, title=title).encode() for title in ("Old", "New")]
    old, new = (Seed({f"{ONE}.md": source}, released=True) for source in sources)
    for files in (old, new, old, new, old):
        async with database.transaction() as tx:
            assert await seed(tx, media, files) == ()
    assert await titles(database) == [("New", 2)]


async def test_an_exercise_keeps_its_type_for_ever(database: Database, media: Media) -> None:
    source = lesson_source(ONE)
    await start(database, media, source)
    without = source.replace("id: name", "id: other").replace("exercise: name", "exercise: other")
    assert await start(database, media, without) == []
    back = without.replace("id: sort", "id: name").replace("exercise: sort", "exercise: name")
    assert await start(database, media, back) == ["exercise-id"]


async def test_pictures_are_kept_by_their_bytes(database: Database, media: Media) -> None:
    source = lesson_source(ONE).replace(
        "exercises:", "media: [{name: a.png, alt: A dot, licence: CC0-1.0}]\nexercises:"
    )
    source = source.replace("Bits are small.", "Bits are small. ![](media:a.png)")
    assert await start(database, media, source) == ["picture"]
    assert await start(database, media, source, more={"internet/one/a.png": b"GIF89a"}) == ["picture"]
    assert await start(database, media, source, more={"internet/one/a.png": PNG}) == []
    [row] = await database.fetch("SELECT html, pictures FROM revisions")
    [picture] = row.pictures
    assert (picture["name"], picture["media_type"], picture["size"]) == ("a.png", "image/png", 28)
    assert f'<img src="/media/lessons/{picture["sha256"]}" alt="A dot">' in row.html
    assert await media.read_key(f"lessons/{picture['sha256']}") == PNG


async def test_the_packaged_lessons_are_taken(database: Database, media: Media) -> None:
    files = packaged()
    async with database.transaction() as tx:
        assert await seed(tx, media, files) == ()
    assert len(await titles(database)) == len(files.digests)
