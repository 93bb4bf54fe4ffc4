"""Tests that the last release works on the schema of this one: its processes run on while they are replaced."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import get_args

import asyncpg
import pytest

from chassis.storage.migrations import migrate
from contracts.speech import RefusalReason
from tests.upgrade.expansion import Schema, broken, schema_of
from tests.upgrade.restored import restored
from voxbus.services import SERVICES

NAMES = [*(service.name for service in SERVICES), "api"]


@dataclass
class Upgraded:
    """Holds a migrated database, and the schema that the last release has left."""

    database: asyncpg.Connection
    before: Schema

    async def broken(self) -> list[str]:
        return broken(self.before, await schema_of(self.database, NAMES))


@pytest.fixture(scope="module")
async def upgraded(postgres_url: str) -> AsyncIterator[Upgraded]:
    async with restored(postgres_url) as url:
        database = await asyncpg.connect(url)
        before = await schema_of(database, NAMES)
        await migrate(url, SERVICES)
        yield Upgraded(database, before)
        await database.close()


async def test_all_that_it_reads_and_writes_is_there(upgraded: Upgraded) -> None:
    assert len(upgraded.before.columns) > 40
    assert await upgraded.broken() == []


async def test_each_row_can_be_written_as_it_wrote_it(upgraded: Upgraded) -> None:
    assert await refused(upgraded) == {}


#: how the gateway of the last release reads an assessment, and the reasons of a refusal that it accepts
READ = """
SELECT attempt_id, person_id, transcript, words, scores, refusal, engine, created_at FROM api.speech_assessments_v1
 WHERE attempt_id IN ($1) AND person_id = $2
"""
REASONS = {"silent", "too_quiet", "clipped", "too_short"}
REFUSED = """
UPDATE speech.assessments SET refusal = jsonb_build_object('reason', $1::text, 'message', 'It was loud.')
 WHERE attempt_id = (SELECT min(attempt_id::text)::uuid FROM speech.assessments) RETURNING attempt_id, person_id
"""


@pytest.mark.parametrize("reason", [*get_args(RefusalReason), "of_a_later_release"])
async def test_it_accepts_every_reason_of_a_refusal(upgraded: Upgraded, reason: str) -> None:
    database = upgraded.database
    transaction = database.transaction()
    await transaction.start()
    try:
        [ids] = await database.fetch(REFUSED, reason)
        [row] = await database.fetch(READ, *ids)
    finally:
        await transaction.rollback()
    refusal = json.loads(row["refusal"])
    assert refusal["message"] == "It was loud."
    assert refusal["reason"] == reason if reason in REASONS else refusal["reason"] in REASONS


#: how content of the last release folds attempts, and how it deletes what nobody practised for long
FOLDED = """
INSERT INTO content.progress (person_id, sound, attempts, score, recent, difficulty, trend)
SELECT person_id, sound, attempts + 1, score, recent, difficulty, trend FROM content.progress
ON CONFLICT (person_id, sound) DO UPDATE SET attempts = excluded.attempts RETURNING person_id, sound, attempts
"""
KEPT_NO_LONGER = """
DELETE FROM content.progress WHERE ctid = ANY(
  ARRAY(SELECT t.ctid FROM content.progress AS t LIMIT 1 FOR UPDATE OF t SKIP LOCKED)
) RETURNING *
"""


async def test_it_goes_on_with_a_table_that_has_another_name(upgraded: Upgraded) -> None:
    database = upgraded.database
    transaction = database.transaction()
    await transaction.start()
    try:
        folded = await database.fetch(FOLDED)
        held = await database.fetch("SELECT person_id, sound, attempts FROM content.twister_progress")
        [gone] = await database.fetch(KEPT_NO_LONGER)
        left = await database.fetchval("SELECT count(*) FROM content.twister_progress")
    finally:
        await transaction.rollback()
    assert sorted(map(tuple, folded)) == sorted(map(tuple, held)) != []
    assert gone["sound"] in {row["sound"] for row in held}
    assert left == len(held) - 1


async def refused(upgraded: Upgraded) -> dict[str, str]:
    """Writes all rows of the dump again, with the columns of then; returns the tables that refuse them, and why."""
    database, found = upgraded.database, {}
    views = {name for name in upgraded.before.columns if name.startswith("api.")}
    for table in sorted(upgraded.before.columns.keys() - views):
        columns = ", ".join(f'"{column}"' for column in upgraded.before.columns[table])
        transaction = database.transaction()
        await transaction.start()
        try:
            await database.execute(f"CREATE TEMP TABLE kept AS SELECT {columns} FROM {table}")
            await database.execute(f"DELETE FROM {table}")
            await database.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM kept")
        except asyncpg.PostgresError as error:
            found[table] = str(error)
        finally:
            await transaction.rollback()
    return found


DEFECTS = {
    "content.twisters: words is new, may not be empty and has no default": """
        UPDATE content.twisters SET words = id::text WHERE words IS NULL;
        ALTER TABLE content.twisters ALTER COLUMN words SET NOT NULL""",
    "content.twisters: sounds is gone": "ALTER TABLE content.twisters RENAME COLUMN sounds TO phones",
    "content.progress: it is gone": "DROP VIEW content.progress",
    "api.notify_webhooks_v1: it is gone": "DROP VIEW api.notify_webhooks_v1",
    "content.cancelled_jobs: retry is bigint instead of integer": """
        ALTER TABLE content.cancelled_jobs ALTER COLUMN retry TYPE bigint""",
    "notify.webhooks: disabled_at may not be empty any more": """
        UPDATE notify.webhooks SET disabled_at = now(); ALTER TABLE notify.webhooks ALTER disabled_at SET NOT NULL""",
    "content.folded_attempts: folded_at has no default any more": """
        ALTER TABLE content.folded_attempts ALTER COLUMN folded_at DROP DEFAULT""",
    "content.progress: person_id, sound  is not unique any more": """
        ALTER TABLE content.twister_progress DROP CONSTRAINT twister_progress_pkey""",
    "notify.webhooks: url  has to be unique": "CREATE UNIQUE INDEX ON notify.webhooks (url)",
    "content.progress: a new rule: CHECK ((attempts > 0))": """
        ALTER TABLE content.twister_progress ADD CHECK (attempts > 0)""",
}


@pytest.mark.parametrize(("sentence", "statements"), DEFECTS.items(), ids=DEFECTS)
async def test_what_would_stop_it_is_found(upgraded: Upgraded, sentence: str, statements: str) -> None:
    transaction = upgraded.database.transaction()
    await transaction.start()
    try:
        await upgraded.database.execute(statements)
        assert sentence in await upgraded.broken()
    finally:
        await transaction.rollback()


async def test_a_row_that_would_be_refused_is_found(upgraded: Upgraded) -> None:
    """Tests that migration 0006 lets the last release's content start, which 0005 did not."""
    transaction = upgraded.database.transaction()
    await transaction.start()
    try:
        await upgraded.database.execute(DEFECTS[next(iter(DEFECTS))])
        assert list(await refused(upgraded)) == ["content.twisters"]
    finally:
        await transaction.rollback()
