"""Tests that the packaged catalogue is seeded once: what authors have made of it survives every start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from chassis.storage.database import Database
from content.twisters import store
from content.twisters.seed import Twister

FIRST, SECOND, THIRD = (
    Twister(id=UUID(int=number), text=f"Text {number}", language="en", difficulty=1, sounds=("T", "K"))
    for number in (1, 2, 3)
)


async def start(database: Database, *catalogue: Twister) -> None:
    async with database.transaction() as tx:
        await store.seed(tx, catalogue)


async def texts(database: Database) -> Sequence[str]:
    return [row.text for row in await database.fetch("SELECT text FROM twisters ORDER BY id")]


async def test_a_new_installation_has_the_catalogue(database: Database) -> None:
    await start(database, SECOND, FIRST)
    [row, _] = await database.fetch("SELECT * FROM twisters ORDER BY id")
    assert (row.id, row.text, row.language, row.difficulty, row.sounds) == (FIRST.id, "Text 1", "en", 1, ["T", "K"])


async def test_an_edit_and_a_deletion_survive_a_start(database: Database) -> None:
    await start(database, FIRST, SECOND)
    await database.fetch("UPDATE twisters SET text = 'Edited' WHERE id = $1", FIRST.id)
    await database.fetch("DELETE FROM twisters WHERE id = $1", SECOND.id)
    await start(database, FIRST, SECOND)
    assert await texts(database) == ["Edited"]


async def test_a_later_release_adds_its_new_twisters_and_changes_no_other(database: Database) -> None:
    await start(database, FIRST, SECOND)
    await database.fetch("DELETE FROM twisters WHERE id = $1", SECOND.id)
    await start(database, replace(FIRST, text="Corrected"), SECOND, THIRD)
    assert await texts(database) == ["Text 1", "Text 3"]
    await start(database, FIRST)  # a replica of the release before
    assert await texts(database) == ["Text 1", "Text 3"]


async def test_a_later_twister_with_words_of_an_authors_is_left_out(database: Database) -> None:
    await start(database, FIRST)
    await database.fetch("UPDATE twisters SET text = 'TEXT 2!', words = 'text 2'")
    await start(database, FIRST, SECOND, THIRD)
    assert await texts(database) == ["TEXT 2!", "Text 3"]


async def test_a_later_twister_with_words_that_the_release_before_has_added_is_left_out(database: Database) -> None:
    await start(database, FIRST)
    old = "INSERT INTO twisters (id, text, language, difficulty, sounds) VALUES ($1, 'TEXT 2!', 'en', 1, '{T}')"
    await database.fetch(old, UUID(int=9))
    await start(database, FIRST, SECOND)
    assert await texts(database) == ["Text 1", "TEXT 2!"]


@pytest.mark.parametrize("catalogue", [(), (FIRST,)])
async def test_an_installation_may_be_left_without_twisters(database: Database, catalogue: tuple[Twister, ...]) -> None:
    await start(database, FIRST)
    await database.fetch("DELETE FROM twisters")
    await start(database, *catalogue)
    assert await texts(database) == []
