"""Measures progress in lessons: `python -m bench.learning`, on a product of its own in one process.

Latencies are those of one client that waits for each answer, through the gateway, on one kept connection.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from chassis.listener import free_port
from chassis.settings import Settings
from chassis.storage.database import Database, open_database
from content.days import Calendar
from content.gamification.streak import streak_of
from voxbus.learners import fold
from voxbus.local.reach import reach_database

_YEARS, _READY_WITHIN = 10, 120.0
_EVENT = """
INSERT INTO learning_events (id, person_id, client_id, type, lesson_id, exercise_id, revision, at, received_at, day,
                             time_zone, correct, score, answer)
SELECT gen_random_uuid(), $1, gen_random_uuid(), 'attempt', ($2::uuid[])[1 + n / 10 % cardinality($2::uuid[])],
       'exercise-' || n % 10, 1, at, at, at::date, 'UTC', n % 3 > 0, (n % 3 > 0)::int, '{"value": true}'
  FROM generate_series(0, $3 - 1) AS n, LATERAL (SELECT now() - interval '300 days' + n * interval '7 hours' AS at) AS t
"""


class Client:
    """Calls one product on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers: dict[str, str] = {"Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Sends a request; returns status, body and headers of the answer."""
        sent = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, sent, self._headers | headers)
        answer = self._connection.getresponse()
        content = answer.read()
        told = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, json.loads(content) if content else None, told

    def sign_up(self) -> None:
        """Makes a person, for whom all further requests are."""
        about = {"email": f"{uuid4().hex}@example.org", "password": "correct horse battery"}
        self.ask("POST", "/auth/signup", about | {"username": "Robin", "birth_date": "1990-05-17"})
        _, answer, _ = self.ask("POST", "/auth/login", about)
        self._headers["Authorization"] = f"Bearer {answer['access_token']}"


@contextmanager
def product(data_dir: Path) -> Iterator[tuple[int, int]]:
    """Runs the product; yields its port and the id of its process."""
    port = free_port()
    env = os.environ | {"VOXBUS_DATA_DIR": str(data_dir), "VOXBUS_PORT": str(port)}
    process = subprocess.Popen([sys.executable, "-m", "voxbus", "run"], env=env, stderr=subprocess.DEVNULL)
    try:
        _until_ready(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


def _until_ready(port: int) -> None:
    end = time.monotonic() + _READY_WITHIN
    while time.monotonic() < end:
        try:
            if Client(port).ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise TimeoutError("the product does not start")


def milliseconds(call: Callable[[], object], times: int) -> list[float]:
    """Returns how long each of some calls took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


def shown(name: str, found: list[float], limit: str, processor: float | None = None) -> str:
    """Returns one line of figures; `processor` are the seconds that the product's own process worked."""
    cut = statistics.quantiles(found, n=100, method="inclusive")
    worked = "" if processor is None else f", {processor / len(found) * 1000:.1f} ms of processor time each"
    return f"{name}: p50 {cut[49]:.1f}, p95 {cut[94]:.1f}, p99 {cut[98]:.1f} ms of {len(found)}{worked} (aim: {limit})"


def processor_of(pid: int) -> float:
    """Returns the seconds of processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_requests(port: int, pid: int, rounds: int) -> Iterator[str]:
    """Measures the requests of a learner."""

    def figures(name: str, call: Callable[[], object], times: int, limit: str) -> str:
        before = processor_of(pid)
        found = milliseconds(call, times)
        return shown(name, found, limit, processor_of(pid) - before)

    client = Client(port)
    client.sign_up()
    _, listed, told = client.ask("GET", "/lessons?limit=100")
    etag = told["etag"]
    assert client.ask("GET", "/lessons?limit=100", **{"If-None-Match": etag})[0] == 304
    known = {"If-None-Match": etag}
    yield figures("GET /lessons, 304", lambda: client.ask("GET", "/lessons?limit=100", **known), 2 * rounds, "p99 5 ms")
    lesson = next(each for each in listed["items"] if not each["requires"])
    _, whole, _ = client.ask("GET", f"/lessons/{lesson['id']}")
    exercise = next(each for each in whole["exercises"] if each["type"] == "true_false")

    def events(number: int) -> dict[str, Any]:
        about = {"type": "attempt", "lesson_id": lesson["id"], "exercise_id": exercise["id"], "answer": {"value": True}}
        return {"events": [{"client_id": str(uuid4()), **about} for _ in range(number)]}

    def hand_in(number: int) -> None:
        status, answer, _ = client.ask("POST", "/progress", events(number))
        assert status == 200, (status, answer)
        assert all(each["status"] == "accepted" for each in answer["results"])

    hand_in(1)
    yield figures("POST /progress, 1 event", lambda: hand_in(1), rounds, "p95 25 ms")
    yield figures("POST /progress, 100 events", lambda: hand_in(100), max(10, rounds // 5), "150 ms")


def measure_streak() -> str:
    """Measures the streak of somebody who learned each day for years."""
    now = datetime.now(UTC)
    done = frozenset((now - timedelta(days=day)).date() for day in range(365 * _YEARS))
    calendar = Calendar(())
    found = milliseconds(lambda: streak_of(done, calendar, now), 30)
    return shown(f"streak of {_YEARS} years", found, "20 ms")


async def measure_rebuild(data_dir: Path, people: int, events: int, processes: int) -> str:
    """Measures a rebuild of people with made-up events, which makes all their rows."""
    async with reach_database(Settings(data_dir=data_dir)) as url:
        database = open_database(url, "content", size=1)
        try:
            return await _rebuild(database, url, people, events, processes)
        finally:
            await database.close()


async def _rebuild(database: Database, url: str, people: int, events: int, processes: int) -> str:
    lessons: list[UUID] = [row.id for row in await database.fetch("SELECT id FROM lessons ORDER BY id LIMIT 20")]
    for _ in range(people):
        await database.fetch(_EVENT, uuid4(), lessons, events)
    figures = []
    for name, applies in (("rebuild that writes all rows", True), ("rebuild that finds them as they are", False)):
        began, before = time.perf_counter(), sum(os.times()[:4])
        found = await fold(url, None, applies=applies, processes=processes, say=lambda _: None)
        took, worked = time.perf_counter() - began, sum(os.times()[:4]) - before
        figures.append(
            f"{name}, {found.people} people with {found.events} events in {processes} processes: {took:.1f} s"
            f" ({worked:.1f} s of processor time besides Postgres's),"
            f" {took / found.events * 1_000_000:.0f} s per million (aim: 60 s for 1,000 × 1,000);"
            f" differences: {found.differences}"
        )
    return "\n".join(figures)


def main() -> int:
    """Prints the figures with their conditions."""
    parser = argparse.ArgumentParser(prog="bench.learning")
    parser.add_argument("--rounds", type=int, default=100, help="requests of each kind")
    parser.add_argument("--people", type=int, default=100, help="people of the rebuild, with 1,000 events each")
    parser.add_argument("--processes", type=int, default=2, help="processes of the rebuild")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {load:.1f}, embedded Postgres, one process"
    )
    print(measure_streak())
    with TemporaryDirectory() as folder, product(Path(folder)) as (port, pid):
        for line in measure_requests(port, pid, options.rounds):
            print(line, flush=True)
        print(asyncio.run(measure_rebuild(Path(folder), options.people, 1_000, options.processes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
