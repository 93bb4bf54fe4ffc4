"""Tests weekly partitions of an inbox: made ahead, dropped behind the horizon when they hold no undone row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.message.envelope import new_id
from chassis.storage.database import Database, open_database
from chassis.storage.media import open_media
from chassis.storage.partitions import drop_old, ensure_partitions, first_id, may_drop_inbox, week_of
from chassis.testing import fresh_database
from libs.chassis.tests.integration.demo import DemoDeps, demo

HORIZON = timedelta(days=14)
WEEK = timedelta(days=7)
INSERT = """
INSERT INTO inbox (consumer, id, fence, tries, due_at, done_at, outcome)
VALUES ('demo.work', $1, 1, 1, now(), CASE WHEN $2::text IS NULL THEN NULL ELSE now() END, $2::text)
"""


@pytest.fixture
async def database(postgres_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    service = demo(DemoDeps(media=open_media(None, tmp_path)))
    async with fresh_database(postgres_url, [service], partitioned=False) as url:
        database = open_database(url, "demo", size=4)
        yield database
        await database.close()


async def old_partition(database: Database, weeks: int, *outcomes: str | None) -> str:
    """Makes a partition of weeks ago with a row for each outcome; None stands for an undone one."""
    monday = week_of(datetime.now(UTC)) - weeks * WEEK
    name = f"inbox_{monday:%Y%m%d}"
    bounds = f"FROM ('{first_id(monday)}') TO ('{first_id(monday + WEEK)}')"
    await database.fetch(f"CREATE TABLE {name} PARTITION OF inbox FOR VALUES {bounds}")
    for number, outcome in enumerate(outcomes):
        await database.fetch(INSERT, first_id(monday + timedelta(hours=number)), outcome)
    return name


async def test_ids_of_now_go_to_this_weeks_partition_and_strays_move_there(database: Database) -> None:
    await database.fetch(INSERT, new_id(), "ok")
    made = await asyncio.gather(*(ensure_partitions(database, "inbox", 2) for _ in range(3)))
    assert sum(map(len, made)) == 3
    await database.fetch(INSERT, new_id(), "ok")
    [strays_and_rows] = await database.fetch(
        f"SELECT (SELECT count(*) FROM inbox_default), (SELECT count(*) FROM inbox_{week_of(datetime.now(UTC)):%Y%m%d})"
    )
    assert tuple(strays_and_rows) == (0, 2)


async def test_only_what_is_done_is_dropped_and_its_dead_letters_are_kept(database: Database) -> None:
    done = await old_partition(database, 9, "ok", "dead", "cancelled")
    await old_partition(database, 8, "ok", None)
    await old_partition(database, 1, "ok")
    assert await drop_old(database, "inbox", datetime.now(UTC) - HORIZON, may_drop_inbox) == [done]
    [left] = await database.fetch("SELECT (SELECT count(*) FROM inbox), (SELECT count(*) FROM dead_letters)")
    assert tuple(left) == (3, 1)
