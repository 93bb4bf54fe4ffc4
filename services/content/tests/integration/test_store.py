"""Two processes of content fold assessments of one person at the same time."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

from chassis.storage.database import Database, Transaction
from chassis.testing import until
from content.twisters.progress import Practice, apply_practices
from content.twisters.progress_store import lock_progress, save_progress


async def fold(tx: Transaction, people: list[UUID]) -> None:
    progress = await lock_progress(tx, people)
    await save_progress(tx, apply_practices(progress, [Practice(person, {"R": 80.0}, None) for person in people]))


async def test_of_two_first_assessments_at_once_none_is_lost(database: Database) -> None:
    anna, ben = uuid4(), uuid4()

    async def fold_second() -> None:
        async with database.transaction() as tx:
            await fold(tx, [ben, anna])

    async def second_waits() -> bool:
        waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        return len(await database.fetch(waiting)) == 1

    async with database.transaction() as tx:
        await fold(tx, [anna, ben])
        second = asyncio.create_task(fold_second())
        await until(second_waits, what="the second one to wait for the first")
    await second
    rows = await database.fetch("SELECT person_id, attempts FROM twister_progress")
    assert {row.person_id: row.attempts for row in rows} == {anna: 2, ben: 2}
