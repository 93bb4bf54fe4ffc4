"""Tests where people are in lessons: what is unlocked, in which revision each one is, and what a fix changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import Database
from content.lessons import places
from content.lessons.places import StoredLessons
from services.content.tests.integration.lessons_at_hand import publish, publish_next

BEGUN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATER = BEGUN + timedelta(hours=1)


class Learner:
    """Calls the port for one person, each call in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self.id = new_id()
        self._database = database
        self._lessons = StoredLessons()

    async def unlocked(self) -> set[UUID]:
        async with self._database.transaction() as tx:
            return {place.lesson_id for place in (await self._lessons.places(tx, self.id)).values() if place.unlocked}

    async def revision(self, lesson: UUID) -> int | None:
        async with self._database.transaction() as tx:
            place = (await self._lessons.places(tx, self.id, [lesson])).get(lesson)
            return None if place is None else place.revision

    async def enter(self, lesson: UUID, at: datetime = BEGUN) -> int:
        async with self._database.transaction() as tx:
            return (await self._lessons.enter(tx, self.id, {lesson: at}))[lesson]

    async def complete(self, lesson: UUID, score: int, at: datetime = LATER) -> set[UUID]:
        async with self._database.transaction() as tx:
            return set(await self._lessons.complete(tx, self.id, lesson, score, at))

    async def restart(self, lesson: UUID) -> None:
        async with self._database.transaction() as tx:
            await places.restart(tx, self.id, lesson)

    async def prompt(self, lesson: UUID, revision: int) -> tuple[int, str] | None:
        async with self._database.transaction() as tx:
            found = (await self._lessons.revisions(tx, [(lesson, revision)])).get((lesson, revision))
        return None if found is None else (found.revision, found.exercises[0].prompt)


@pytest.fixture
def learner(database: Database) -> Learner:
    return Learner(database)


async def test_a_lesson_opens_when_all_that_it_requires_is_completed(database: Database, learner: Learner) -> None:
    one, two = await publish(database, "internet/one"), await publish(database, "internet/two")
    both = await publish(database, "internet/three", ["internet/one", "internet/two"])
    other = Learner(database)
    assert await learner.unlocked() == {one, two}
    await learner.enter(one)
    assert await learner.complete(one, 59) == set()
    await learner.enter(two)
    assert await learner.complete(two, 100) == set()
    assert await learner.complete(one, 60) == {both}
    assert await learner.unlocked() == {one, two, both}
    assert await other.unlocked() == {one, two}


async def test_what_was_unlocked_stays_so(database: Database, learner: Learner) -> None:
    one = await publish(database, "internet/one")
    two = await publish(database, "internet/two", ["internet/one"])
    await learner.enter(one)
    await learner.complete(one, 80)
    await database.fetch("UPDATE lessons SET requires = '{internet/nowhere}' WHERE id = $1", two)
    assert two in await learner.unlocked()
    assert two not in await Learner(database).unlocked()


async def test_who_is_inside_stays_in_the_revision(database: Database, learner: Learner) -> None:
    lesson = await publish(database, "internet/one")
    assert await learner.enter(lesson) == 1
    await publish_next(database, lesson, 2, prompt="It snows.")
    assert await learner.enter(lesson, LATER) == await learner.revision(lesson) == 1
    assert await Learner(database).revision(lesson) == 2
    await learner.restart(lesson)
    assert await learner.revision(lesson) == 2
    await publish_next(database, lesson, 3, prompt="It hails.")
    await learner.complete(lesson, 90)  # of the run before, whose last answer arrives late
    assert await learner.revision(lesson) == 2
    await learner.complete(lesson, 90, datetime.now(UTC) + timedelta(minutes=1))
    assert await learner.revision(lesson) == 3


async def test_a_completion_keeps_its_first_time_and_its_best_score(database: Database, learner: Learner) -> None:
    lesson = await publish(database, "internet/one")
    await learner.enter(lesson)
    await learner.complete(lesson, 90, LATER)
    await learner.complete(lesson, 70, LATER + timedelta(days=1))
    [row] = await database.fetch("SELECT * FROM lesson_places")
    assert (row.started_at, row.completed_at, row.score) == (BEGUN, LATER, 90)


async def test_a_fix_is_read_by_everybody_in_that_revision_and_by_no_other(
    database: Database, learner: Learner
) -> None:
    lesson = await publish(database, "internet/one")
    early, late = learner, Learner(database)
    await early.enter(lesson)
    await publish_next(database, lesson, 2, prompt="It snoss.")
    await late.enter(lesson)
    await publish_next(database, lesson, 3, prompt="It snows.", fixes=2)
    assert (await early.revision(lesson), await late.revision(lesson)) == (1, 3)
    assert await early.prompt(lesson, 1) == (1, "It rains.")
    assert await late.prompt(lesson, 2) == await late.prompt(lesson, 3) == (3, "It snows.")
    assert await late.prompt(lesson, 4) is None


async def test_a_retired_lesson_is_there_for_those_inside(database: Database, learner: Learner) -> None:
    lesson = await publish(database, "internet/one")
    await learner.enter(lesson)
    await database.fetch("UPDATE lessons SET retired = true")
    assert await learner.revision(lesson) == 1
    assert await Learner(database).revision(lesson) is None
    async with database.transaction() as tx:
        assert [card.retired for card in await StoredLessons().cards(tx)] == [True]
