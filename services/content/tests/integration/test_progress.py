"""An assessment is folded into its person's progress, and the next twister is chosen: the handler on real rows."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from chassis.shared_owner import SharedOwner
from chassis.testing import Harness
from services.content.tests.integration.assessments import assess, assessed

SCORES = dict.fromkeys(("B", "CH", "D", "F", "G", "HH", "K", "L", "M", "N"), 80.0)


@pytest.fixture
def harness(content: SharedOwner) -> Harness:
    return content.harness


async def versions(harness: Harness) -> dict[str, int]:
    """Returns, for each sound, the transaction that has written its row."""
    rows = await harness.rows("content", "SELECT sound, xmin::text::bigint AS written FROM twister_progress")
    return {row.sound: row.written for row in rows}


async def test_only_the_sounds_that_were_practised_are_written(harness: Harness) -> None:
    person = uuid4()
    await assess(harness, assessed(person, SCORES))
    before = await versions(harness)
    await assess(harness, assessed(person, {"B": 80, "R": 80}))
    after = await versions(harness)
    assert {sound for sound in after if after[sound] != before.get(sound)} == {"B", "R"}
    assert before.keys() == SCORES.keys()


async def chosen(harness: Harness) -> list[UUID | None]:
    """Returns the twisters chosen after each attempt, in order."""
    rows = await harness.rows("content", "SELECT next_twister_id FROM folded_attempts ORDER BY folded_at")
    return [row.next_twister_id for row in rows]


async def test_without_a_twister_to_choose_progress_is_kept(harness: Harness) -> None:
    await harness.rows("content", "DELETE FROM twisters")
    await assess(harness, assessed(uuid4(), {"R": 80, "L": 80}))
    assert (await versions(harness)).keys() == {"R", "L"}
    assert await chosen(harness) == [None]


async def test_the_next_twister_is_of_the_language_that_was_read(harness: Harness) -> None:
    german = uuid4()
    row = (
        "INSERT INTO twisters (id, text, words, language, difficulty, sounds)"
        " VALUES ($1, 'Rote Rüben', 'rote rüben', 'de', 1, '{R}')"
    )
    await harness.rows("content", row, german)
    await assess(harness, *(assessed(uuid4(), {"R": 80}, language=language) for language in ("de", "fr", "en")))
    of_german, of_french, of_english = await chosen(harness)
    assert (of_german, of_french) == (german, None)
    assert of_english not in (german, None)
