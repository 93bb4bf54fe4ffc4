"""Measures decisions a second, and reminders of many people at one wall time: `python -m bench.notices`.

The reminders are fired by their timers, spread over a minute by each person's own jitter, in a product of its own in
one process, on the bus in memory and embedded Postgres. Nobody has a channel outside the application.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from bench.learning import processor_of, product
from chassis.delivery.timers import timer
from chassis.message.envelope import stand_in
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.time_zones import zone_of
from contracts.notify import ReminderDue
from notify.notifications.decide import History, Notice, Way, decide
from notify.notifications.quiet import QuietHours
from notify.notifications.reminders import jitter
from notify.notifications.schemas import WEEK
from notify.notifications.wanted import Wanted
from voxbus.local.reach import reach_database

_DAYS = frozenset(range(7))
#: seconds that the rows may take until the wall time, and after which nothing more is waited for
_MAKING_S, _WITHIN_S = 45.0, 600.0
_AT_ONCE = 2_000
_PEOPLE = """
INSERT INTO people (person_id, at, time_zone, language, age_band, email_verified)
SELECT id, now(), 'UTC', 'en', 'of_age', false FROM unnest($1::uuid[]) AS id
"""
_SETTINGS = (
    "INSERT INTO notification_settings (person_id, settings) SELECT id, $2::text::jsonb FROM unnest($1::uuid[]) AS id"
)
_TIMERS = """
INSERT INTO timers (key, due_at, message)
SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::text[]::jsonb[])
"""
#: timers of today that have not fired; those of tomorrow are later
_WAITING = "SELECT count(*) AS number FROM timers WHERE due_at <= $1"
_TOLD = "SELECT count(*) AS number, max(created_at) AS last FROM notifications WHERE type = 'daily_reminder'"
_LAGS = "SELECT person_id, created_at FROM notifications WHERE type = 'daily_reminder'"


def measure_decisions(number: int) -> str:
    """Measures runs of `decide` over people with three channels and quiet hours, at moments of a day."""
    zone = zone_of("Europe/Berlin")
    quiet = QuietHours(datetime(2026, 1, 1, 22).time(), datetime(2026, 1, 1, 7).time(), _DAYS)
    wanted = Wanted(zone=zone, minor=False, adult=True, quiet=quiet)
    ways = (Way("email"), Way("web_push"), Way("expo"))
    begin = datetime(2026, 10, 25, tzinfo=UTC)  # a day on which a clock is turned back
    moments = [begin + timedelta(seconds=each * 86_400 / number) for each in range(number)]
    notice, history = Notice("badge"), History(ways=ways)
    began, processor = time.perf_counter(), time.process_time()
    for moment in moments:
        decide(moment, notice, wanted, history)
    took, worked = time.perf_counter() - began, time.process_time() - processor
    return f"decisions: {number / took:.0f}/s, {number / worked:.0f} a second of processor time (aim: 10,000/s)"


async def measure_reminders(data_dir: Path, pid: int, number: int) -> str:
    """Measures at which second after their wall time the reminders of people are told."""
    async with reach_database(Settings(data_dir=data_dir)) as url:
        database = open_database(url, "notify", size=1)
        try:
            people = [uuid4() for _ in range(number)]
            at = _next_minute(_MAKING_S + number / 2_000)
            for start in range(0, number, _AT_ONCE):
                await _make(database, people[start : start + _AT_ONCE], at)
            assert datetime.now(UTC) < at, "the rows took too long to make"
            return await _follow(database, pid, at, number)
        finally:
            await database.close()


def _next_minute(after: float) -> datetime:
    moment = datetime.now(UTC) + timedelta(seconds=after)
    return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


async def _make(database: Database, people: Sequence[UUID], at: datetime) -> None:
    settings = {"daily_reminder": {"at": f"{at:%H:%M}", "days": list(WEEK)}}
    await database.fetch(_PEOPLE, people)
    await database.fetch(_SETTINGS, people, json.dumps(settings))
    keys, dues, messages = [], [], []
    for person in people:
        message = ReminderDue(person_id=person, reminder="daily_reminder", at=at)
        cause: Any = stand_in()
        object.__setattr__(cause, "person_id", person)
        keys.append(f"daily_reminder/{person}")
        dues.append(at + jitter("daily_reminder", person))
        messages.append(timer(dues[-1], message, cause=cause, source="voxbus/notify").stored())
    await database.fetch(_TIMERS, keys, dues, messages)


async def _follow(database: Database, pid: int, at: datetime, number: int) -> str:
    await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
    processor, end = processor_of(pid), time.monotonic() + _WITHIN_S
    told, fired_after = 0, None
    while told < number and time.monotonic() < end:
        await asyncio.sleep(1.0)
        [waiting], [row] = await database.fetch(_WAITING, at + timedelta(minutes=1)), await database.fetch(_TOLD)
        told = row.number
        if fired_after is None and not waiting.number:
            fired_after = (datetime.now(UTC) - at).total_seconds()
    worked = processor_of(pid) - processor
    return _shown(await database.fetch(_LAGS), at, number, fired_after, worked)


def _shown(rows: Sequence[Any], at: datetime, number: int, fired_after: float | None, worked: float) -> str:
    moments = {row.person_id: row.created_at for row in rows}
    last = max((moment - at).total_seconds() for moment in moments.values())
    lags = sorted(
        (moment - at - jitter("daily_reminder", person)).total_seconds() for person, moment in moments.items()
    )
    cut = statistics.quantiles(lags, n=100, method="inclusive")
    fired = "not all fired" if fired_after is None else f"all fired within {fired_after:.0f} s"
    return (
        f"reminders: {len(moments)} of {number} told, {fired} of the wall time (aim: 60 s, looked at each second), "
        f"the last told {last:.1f} s after it; after their own moment p50 {cut[49]:.1f}, p95 {cut[94]:.1f}, "
        f"p99 {cut[98]:.1f} s; {worked / number * 1000:.2f} ms of processor time each without Postgres"
    )


def main() -> int:
    """Prints the figures with their conditions."""
    parser = argparse.ArgumentParser(prog="bench.notices")
    parser.add_argument("--people", type=int, default=100_000, help="people with a reminder at one time; 0: none")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}", flush=True)
    print(measure_decisions(50_000), flush=True)
    if options.people:
        with TemporaryDirectory() as folder, product(Path(folder)) as (_, pid):
            print(asyncio.run(measure_reminders(Path(folder), pid, options.people)))
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    return 0


if __name__ == "__main__":
    sys.exit(main())
