"""An assessment is folded into its person's progress, and the next twister is chosen: the handler on real rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from chassis.bus.memory import MemoryBus
from chassis.storage.media import open_media
from chassis.testing import Harness, fresh_database, running, until
from content.service import SERVICE
from contracts.speech import AttemptAssessed, EngineUsed, SoundScore

SOUNDS = ("B", "CH", "D", "F", "G", "HH", "K", "L", "M", "N")


@pytest.fixture
async def harness(postgres_url: str, tmp_path: Path) -> AsyncIterator[Harness]:
    bus = MemoryBus()
    async with (
        fresh_database(postgres_url, [SERVICE]) as url,
        running([SERVICE], url, bus, open_media(None, tmp_path)) as found,
    ):
        yield found
    await bus.close()


def assessed(person: UUID, *sounds: str, language: str = "en") -> AttemptAssessed:
    return AttemptAssessed(
        attempt_id=uuid4(),
        person_id=person,
        text="Red lorry",
        language=language,
        transcript="red lorry",
        words=(),
        scores=None,
        sounds=tuple(SoundScore(sound=sound, score=80, words=2) for sound in sounds),
        engine=EngineUsed(name="stand-in", version="0", scorer="0"),
    )


async def assess(harness: Harness, *events: AttemptAssessed) -> None:
    """Has events handled, one after another."""
    for event in events:
        sent = await harness.publish(event, person_id=event.person_id)

        async def done(message: UUID = sent.envelope.id) -> bool:
            rows = await harness.inbox("content.project_progress")
            return any(row.id == message and row.outcome == "ok" for row in rows)

        await until(done, what="an assessment that is folded")


async def versions(harness: Harness) -> dict[str, int]:
    """Returns, for each sound, the transaction that has written its row."""
    rows = await harness.rows("content", "SELECT sound, xmin::text::bigint AS written FROM progress")
    return {row.sound: row.written for row in rows}


async def test_only_the_sounds_that_were_practised_are_written(harness: Harness) -> None:
    person = uuid4()
    await assess(harness, assessed(person, *SOUNDS))
    before = await versions(harness)
    await assess(harness, assessed(person, "B", "R"))
    after = await versions(harness)
    assert {sound for sound in after if after[sound] != before.get(sound)} == {"B", "R"}
    assert before.keys() == set(SOUNDS)


async def chosen(harness: Harness) -> list[UUID | None]:
    """Returns the twisters chosen after each attempt, in order."""
    rows = await harness.rows("content", "SELECT next_twister_id FROM folded_attempts ORDER BY folded_at")
    return [row.next_twister_id for row in rows]


async def test_without_a_twister_to_choose_progress_is_kept(harness: Harness) -> None:
    await harness.rows("content", "DELETE FROM twisters")
    await assess(harness, assessed(uuid4(), "R", "L"))
    assert (await versions(harness)).keys() == {"R", "L"}
    assert await chosen(harness) == [None]


async def test_the_next_twister_is_of_the_language_that_was_read(harness: Harness) -> None:
    german = uuid4()
    row = "INSERT INTO twisters (id, text, language, difficulty, sounds) VALUES ($1, 'Rote Rüben', 'de', 1, '{R}')"
    await harness.rows("content", row, german)
    await assess(harness, *(assessed(uuid4(), "R", language=language) for language in ("de", "fr", "en")))
    of_german, of_french, of_english = await chosen(harness)
    assert (of_german, of_french) == (german, None)
    assert of_english not in (german, None)
