"""Tests weekly partitions of an inbox: made ahead, dropped behind the horizon when they hold no undone row."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.delivery.consumer import RETENTION
from chassis.delivery.maintenance import InboxMaintenance
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.storage.database import Database, open_database
from chassis.storage.media import open_media
from chassis.storage.partitions import (
    drop_old,
    ensure_partitions,
    first_id,
    may_drop_inbox,
    partitions_of,
    week_of,
)
from libs.chassis.tests.integration.demo import DemoDeps, demo

HORIZON = timedelta(days=14)
WEEK = timedelta(days=7)
INSERT = """
INSERT INTO inbox (consumer, id, fence, tries, due_at, done_at, outcome)
VALUES ('demo.work', $1, 1, 1, now(), CASE WHEN $2::text IS NULL THEN NULL ELSE now() END, $2::text)
"""


@pytest.fixture
async def url(postgres_url: str, tmp_path: Path) -> AsyncIterator[str]:
    service = demo(DemoDeps(media=open_media(None, tmp_path)))
    async with fresh_database(postgres_url, [service], partitioned=False) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
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


async def test_half_a_year_goes_by_and_the_inbox_stays_as_small(database: Database) -> None:
    """Moves the clock by a week at a time: each brings a row, one of them a dead letter, another one not done yet."""
    begun = week_of(datetime.now(UTC))
    weeks, dead, undone = 26, first_id(begun + 4 * WEEK), first_id(begun + 6 * WEEK)
    for week in range(weeks):
        now = begun + week * WEEK
        await maintained(database, now)
        outcome = {dead: "dead", undone: None}.get(first_id(now), "ok")
        await database.fetch(INSERT, first_id(now), outcome)
        assert await partitions(database) == {
            *(f"inbox_{monday:%Y%m%d}" for monday in kept(now, begun)),
            *(f"inbox_{begun + 6 * WEEK:%Y%m%d}" for _ in [0] if week >= 6),
        }
    [strays, letters] = [
        [row[0] for row in await database.fetch(f"SELECT id FROM {table}")]
        for table in ("inbox_default", "dead_letters")
    ]
    assert (strays, letters) == ([], [dead])
    now = begun + weeks * WEEK
    await database.fetch("UPDATE inbox SET done_at = now(), outcome = 'ok' WHERE id = $1", undone)
    await maintained(database, now)
    assert await partitions(database) == {f"inbox_{monday:%Y%m%d}" for monday in kept(now, begun)}


def kept(now: datetime, begun: datetime) -> list[datetime]:
    """Returns the Mondays of the weeks that have not ended before the horizon, and of the four that are made ahead."""
    weeks = range(-RETENTION // WEEK, 5)
    return [now + number * WEEK for number in weeks if now + number * WEEK >= begun]


async def maintained(database: Database, now: datetime) -> None:
    async def moved() -> datetime:
        return now

    await InboxMaintenance(database, Watchdog().pulse("upkeep"), now=moved).once()


async def partitions(database: Database) -> set[str]:
    return {*(await partitions_of(database, "inbox")).values()}


_TWO_MONTHS_AHEAD = """
import asyncio, sys
from tests.faults.clock_skew import skew
skew(60 * 86400)
from chassis.delivery.maintenance import InboxMaintenance
from chassis.observe.health import Watchdog
from chassis.storage.database import open_database

async def main():
    database = open_database(sys.argv[1], "demo")
    await InboxMaintenance(database, Watchdog().pulse("upkeep")).once()
    await database.close()

asyncio.run(main())
"""


@pytest.mark.in_full
async def test_a_machine_whose_clock_is_wrong_drops_nothing_that_others_need(database: Database, url: str) -> None:
    last_week = await old_partition(database, 1, "ok")
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _TWO_MONTHS_AHEAD, url)
    assert await process.wait() == 0
    assert last_week in await partitions(database)
