"""Measures the log's readers and replays: `python -m bench.replay`, on a database of its own.

It fills the log with events that carry no personal field, and with encrypted ones for the pull and the replay.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from bench.learning import Client, product
from chassis.bus.memory import MemoryBus
from chassis.delivery.outbox import OutboxMessage
from chassis.filters import Filters
from chassis.message.codec import encode
from chassis.message.envelope import Envelope, new_id
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys, open_keys
from chassis.storage.media import open_media
from chassis.storage.migrations import migrate
from chassis.storage.partitions import ensure_partitions
from chassis.testing import running, until
from content.service import SERVICE as CONTENT
from contracts.speech import AttemptAssessed
from gateway.jobs import statements
from gateway.operate import log_reading, tape
from voxbus.local.postgres import start_postgres
from voxbus.local.reach import reach_database
from voxbus.replay_process import reached
from voxbus.replay_report import Asked
from voxbus.services import SERVICES

HANDLER = "content.project_progress"
_PLAIN = """
INSERT INTO log (stream_id, seq, event_id, type, version, time, person_id, headers, body)
SELECT id, seq, gen_random_uuid(), 'step.started', '1.0', at, md5((n / 8 % 100000)::text)::uuid,
       jsonb_build_object('cloudEvents_id', id), '{"step": "a.b", "tries": 1}'
  FROM generate_series($1::bigint, $2::bigint) AS n,
       LATERAL (SELECT $3::timestamptz + (n / 8) * $4::interval AS at, 1 + n % 8 AS seq) AS t,
       LATERAL (SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7000800'
                        || lpad(to_hex(n / 8), 13, '0'))::uuid AS id) AS i
"""
_BARE = """
SELECT stream_id, seq, headers, body FROM log WHERE (stream_id, seq) > ($1, $2) AND type = $3
 ORDER BY stream_id, seq LIMIT 1000
"""
_BATCH = 50_000
_CHUNK = 2_000
_QUIET_S = 6.0


@dataclass
class Bench:
    """Holds the database that is measured."""

    url: str
    settings: Settings
    database: Database
    keys: Keys

    async def fill(self, rows: int, span: timedelta) -> None:
        """Fills the log with jobs of eight events each, spread over the days before now."""
        began = datetime.now(UTC) - span
        for start in range(0, rows, _BATCH):
            last = min(start + _BATCH, rows) - 1
            await self.database.fetch(_PLAIN, start, last, began, span / (rows / 8))
        await self.database.fetch("ANALYZE log")

    async def events(self, count: int, people: int) -> list[tuple[Envelope, bytes]]:
        """Makes encrypted events of so many people."""
        persons = [new_id() for _ in range(people)]
        keys = await self.keys.make(persons)
        made = []
        for number in range(count):
            job, person = new_id(), persons[number % people]
            example = {**AttemptAssessed.examples()[0], "attempt_id": job, "person_id": person}
            envelope = Envelope(
                id=new_id(),
                type=AttemptAssessed.type,
                version=AttemptAssessed.version,
                source="voxbus/speech",
                time=datetime.now(UTC),
                job_id=job,
                person_id=person,
            )
            made.append(encode(AttemptAssessed.model_validate(example), envelope, keys[person]))
        return made

    async def make(self, count: int) -> None:
        """Logs so many encrypted events of a tenth as many people."""
        for start in range(0, count, _CHUNK):
            size = min(_CHUNK, count - start)
            await self.log(await self.events(size, max(1, size // 10)))

    async def log(self, events: Sequence[tuple[Envelope, bytes]]) -> None:
        """Writes events into the log, each as the second of its job."""
        for start in range(0, len(events), _CHUNK):
            some = events[start : start + _CHUNK]
            await self.database.fetch(
                statements.INSERT_LOG,
                [e.job_id for e, _ in some],
                [2 for _ in some],
                [e.id for e, _ in some],
                [e.type for e, _ in some],
                ["{}.{}".format(*e.version) for e, _ in some],
                [e.time for e, _ in some],
                [e.person_id for e, _ in some],
                [json.dumps(e.headers()) for e, _ in some],
                [body for _, body in some],
                [False for _ in some],
                [False for _ in some],
            )


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    """Starts a server with a migrated database."""
    async with await start_postgres(folder / "server", lambda _: None) as postgres:
        await migrate(postgres.dsn, SERVICES)
        settings = Settings(
            database_url=postgres.dsn,
            keys_url=f"file://{folder / 'keys.sqlite'}",
            data_dir=folder,
            secret_key="k" * 40,
            port=0,
        )
        database, keys = open_database(postgres.dsn, "gateway", size=3), open_keys(settings.keys_url or "")
        await ensure_partitions(database, "log", key="stream_id")
        try:
            yield Bench(postgres.dsn, settings, database, keys)
        finally:
            await keys.close()
            await database.close()


async def hour(place: Bench) -> None:
    """Measures an hour out of all rows, and what no time is told of: a person, and a type that is rare."""
    now = datetime.now(UTC)
    filters = Filters(since=now - timedelta(hours=30), until=now - timedelta(hours=29))
    [row] = await place.database.fetch("SELECT person_id FROM log WHERE person_id IS NOT NULL LIMIT 1")
    person, rare = Filters(person=row.person_id), Filters(types=("no.such",))
    for name, ask in (
        ("an hour: a page of the newest", lambda: log_reading.newest(place.database, filters, 100)),
        ("an hour: the number", lambda: log_reading.count(place.database, filters)),
        ("an hour: a page of the oldest", lambda: anext(log_reading.pages(place.database, filters))),
        ("a person: a page of the newest", lambda: log_reading.newest(place.database, person, 100)),
        ("a person: a page of the oldest", lambda: anext(log_reading.pages(place.database, person))),
        ("a type that there is not: newest", lambda: log_reading.newest(place.database, rare, 100)),
        ("a type that there is not: the number", lambda: log_reading.count(place.database, rare)),
        ("a type that there is not: oldest", lambda: anext(log_reading.pages(place.database, rare), [])),
    ):
        taken = []
        for _ in range(3):
            began = time.monotonic()
            found = await ask()
            taken.append(time.monotonic() - began)
        size = found if isinstance(found, int) else len(found)
        usual, first = statistics.median(taken) * 1000, taken[0] * 1000
        print(f"{name}: {usual:.0f} ms, {first:.0f} the first time ({size} rows)")


async def pull(place: Bench, count: int) -> None:
    """Pulls so many encrypted events in turn with a bare loop over the same rows; then in a process of its own."""
    filters = Filters(types=(AttemptAssessed.type,))
    rates: dict[str, list[float]] = {"bare": [], "pulled": []}
    for _ in range(3):
        pulled = tape.pull(place.database, place.keys, filters, reveal=False)
        for name, read in (("bare", _bare(place)), ("pulled", pulled)):
            began, used = time.monotonic(), time.process_time()
            size = sum([len(part) async for part in read]) / 1e6
            taken, used = time.monotonic() - began, (time.process_time() - used) / count * 1e6
            rates[name].append(count / taken)
            print(f"{name}: {count} events, {size:.0f} MB: {count / taken:.0f}/s, {used:.0f} µs of processor each")
    ratio = statistics.median(rates["pulled"]) / statistics.median(rates["bare"])
    print(f"pulled / bare: {ratio:.2f}")
    await asyncio.to_thread(_pull_alone, place, count)


def _pull_alone(place: Bench, count: int) -> None:
    line = [sys.executable, "-m", "voxbus", "events", "pull", "--type", AttemptAssessed.type, "--out", "-"]
    env = os.environ | {
        "VOXBUS_DATABASE_URL": place.url,
        "VOXBUS_KEYS_URL": str(place.settings.keys_url),
        "VOXBUS_DATA_DIR": str(place.settings.data_dir),
    }
    began = time.monotonic()
    child = subprocess.Popen(line, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    assert status == 0
    taken, rss = time.monotonic() - began, usage.ru_maxrss / 1024
    print(f"voxbus events pull: {count / taken:.0f}/s with its start, at most {rss:.0f} MB resident")


async def _bare(place: Bench) -> AsyncIterator[bytes]:
    """Yields the same rows as lines of JSON, by the same pages, neither opened nor masked."""
    after: tuple[Any, int] = (UUID(int=0), 0)
    while True:
        rows = await place.database.fetch(_BARE, *after, AttemptAssessed.type)
        if not rows:
            return
        yield b"".join(json.dumps(row.headers | json.loads(row.body)).encode() + b"\n" for row in rows)
        after = rows[-1].stream_id, rows[-1].seq


async def drain(place: Bench, count: int) -> float:
    """Returns how many messages a second the handler takes from the memory bus."""
    live = await place.events(count, count // 10)
    bus, content = MemoryBus(), open_database(place.url, "content", size=1)

    async def done() -> bool:
        [[found]] = await content.fetch("SELECT count(*) FROM inbox WHERE consumer = $1", HANDLER)
        return bool(found >= count)

    media = open_media(None, place.settings.data_dir)
    async with running([CONTENT], place.url, bus, media, place.settings, keys=place.keys) as harness:
        began = time.monotonic()
        for envelope, body in live:
            await harness.send(OutboxMessage(envelope, "events", body))
        await until(done, within=600, what="the drain")
        taken = time.monotonic() - began
    await bus.close()
    await content.close()
    return count / taken


async def replayed(place: Bench, count: int) -> float:
    """Returns how many other messages a second the handler takes from a replay."""
    since = datetime.now(UTC)
    await place.log(await place.events(count, count // 10))
    asked = Asked(handler=HANDLER, mode="repair", filters=Filters(since=since))
    async with reached(place.settings, place.url, asked) as one:
        began = time.monotonic()
        identity, plan, _ = await one.plan()
        print(f"plan of {plan.total} messages: {time.monotonic() - began:.1f} s")
        began = time.monotonic()
        report = await one.run(identity, plan.document())
        taken = time.monotonic() - began
    assert report.result["done"] == count, report.result
    return count / taken


async def beside(folder: Path, rounds: int, count: int) -> None:
    """Measures a quick write of a running product, in turn alone and beside a replay in another process."""
    data_dir = folder / "product"
    quiet, busy = [], []
    with product(data_dir) as (port, _):
        client = Client(port)
        client.sign_up()
        settings = Settings(data_dir=data_dir)
        async with reach_database(settings) as url:
            keys = open_keys(f"file://{data_dir / 'keys.sqlite'}")
            place = Bench(url, settings, open_database(url, "gateway", size=2), keys)
            for _ in range(rounds):
                since = datetime.now(UTC)
                await place.make(count)
                quiet += _writes(client, lambda began: time.monotonic() - began < _QUIET_S)
                busy += _writes_beside(client, data_dir, since)
            await place.database.close()
            await keys.close()
    p95 = []
    for name, found in (("alone", quiet), ("beside a replay", busy)):
        cut = statistics.quantiles(found, n=100, method="inclusive")
        p95.append(cut[94])
        print(f"PUT /gamification/settings {name}: p50 {cut[49]:.1f}, p95 {cut[94]:.1f} ms of {len(found)}")
    print(f"p95 beside / alone: {p95[1] / p95[0]:.2f}")


def _writes_beside(client: Client, data_dir: Path, since: datetime) -> list[float]:
    """Writes for as long as a replay in another process takes."""
    env = os.environ | {"VOXBUS_DATA_DIR": str(data_dir)}
    line = ["replay", HANDLER, "--from", since.isoformat(), "--mode", "repair", "--yes", "--json"]
    replay = subprocess.Popen([sys.executable, "-m", "voxbus", *line], env=env, stderr=subprocess.DEVNULL)
    found = _writes(client, lambda _: replay.poll() is None)
    assert replay.returncode == 0
    return found


def _writes(client: Client, goes_on: Any) -> list[float]:
    """Writes ten times a second for as long as it goes on; returns the milliseconds of each."""
    began, found = time.monotonic(), []
    while goes_on(began):
        sent = time.monotonic()
        status, answer, _ = client.ask("PUT", "/gamification/settings", {"daily_goal": 30})
        assert status == 200, answer
        found.append((time.monotonic() - sent) * 1000)
        time.sleep(max(0.0, 0.1 - (time.monotonic() - sent)))
    return found


async def measure(options: argparse.Namespace) -> None:
    """Prints the figures."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        async with bench(folder) as place:
            await place.fill(options.rows, timedelta(days=3))
            print(f"the log has {options.rows} rows of three days")
            await hour(place)
            await place.make(options.pull)
            await pull(place, options.pull)
            live, replay = await drain(place, options.replay), await replayed(place, options.replay)
            print(f"{HANDLER}: live {live:.0f}/s, replayed {replay:.0f}/s ({replay / live:.2f} of it)")
        if options.rounds:
            await beside(folder, options.rounds, options.replay)


def main() -> int:
    """Prints the figures with their conditions."""
    parser = argparse.ArgumentParser(prog="bench.replay")
    parser.add_argument("--rows", type=int, default=10_000_000, help="rows of the log that are only filtered")
    parser.add_argument("--pull", type=int, default=100_000, help="encrypted events that are pulled")
    parser.add_argument("--replay", type=int, default=10_000, help="messages that are drained, and replayed")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of writes alone and beside a replay")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}, embedded Postgres")
    asyncio.run(measure(options))
    return 0


if __name__ == "__main__":
    sys.exit(main())
