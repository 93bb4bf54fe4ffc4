"""Measures an author's hint from POST to 200, over HTTP through gateway and content, beside the bare insert of its row.

Run it with `python -m bench.hints`. It starts a Postgres and one process with both services.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
from httpx2 import AsyncClient

from bench.server import LIMITS
from chassis.bus.memory import MemoryBus
from chassis.fresh_databases import fresh_database
from chassis.observe.logs import configure_logs
from chassis.settings import Settings
from chassis.storage.media import open_media
from chassis.testing import running
from content.service import SERVICE as CONTENT
from gateway.service import SERVICE as GATEWAY
from voxbus.local.postgres import start_postgres

_INSERT = """
INSERT INTO content.hints (id, person_id, lesson_id, exercise_id, level, run, text, source, verdicts, cost_usd)
VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'a', 1, now(), 'Look.', 'authored', '{passed}', 0)
"""


async def _measured(name: str, times: int, work: Callable[[], Awaitable[object]]) -> None:
    """Runs it so often, one after the other, and prints how long each took, and this process's processor time."""
    found, cpu = [], time.process_time()
    for _ in range(times):
        began = time.perf_counter()
        await work()
        found.append((time.perf_counter() - began) * 1000)
    cpu = (time.process_time() - cpu) * 1000 / times
    p50, p95, p99 = (quantiles(found, n=100)[at] for at in (49, 94, 98))
    print(f"{name:18} n {times}  p50 {p50:.1f} ms  p95 {p95:.1f} ms  p99 {p99:.1f} ms  processor {cpu:.1f} ms each")


async def _measure(url: str, client: AsyncClient, times: int) -> None:
    lessons = (await client.get("/lessons?limit=100")).raise_for_status().json()["items"]
    lesson = next(each["id"] for each in lessons if not each["requires"])
    exercises = (await client.get(f"/lessons/{lesson}")).raise_for_status().json()["exercises"]
    waiting: list[tuple[dict[str, str], str]] = []

    async def people() -> None:
        """Signs up as many people as there are hints to give: each asks for the first of each exercise."""
        while len(waiting) < times:
            body = {"email": f"{uuid4()}@b.example", "password": "correct horse", "username": "Robin"}
            made = await client.post("/auth/signup", json={**body, "birth_date": "2001-05-17"})
            headers = {"Authorization": f"Bearer {made.raise_for_status().json()['access_token']}"}
            waiting.extend((headers, each["id"]) for each in exercises)

    async def hint() -> None:
        headers, exercise = waiting.pop()
        given = await client.post("/ai/hint", headers=headers, json={"lesson_id": lesson, "exercise_id": exercise})
        assert given.status_code == 200, given.text

    await people()
    await _measured("hint, POST to 200", times, hint)
    bare = await asyncpg.connect(url)
    try:
        await _measured("bare insert", times, lambda: bare.execute(_INSERT))
    finally:
        await bare.close()


async def main(times: int) -> None:
    """Starts what is measured, and prints two lines."""
    configure_logs("json", logging.WARNING)
    os.environ["VOXBUS_RATE_LIMITS"] = LIMITS
    services = [GATEWAY, CONTENT]
    with TemporaryDirectory(prefix="voxbus-bench-") as folder:
        postgres = await start_postgres(Path(folder, "postgres"), lambda _: None)
        async with postgres, fresh_database(postgres.dsn, services) as url:
            settings = Settings(port=0, data_dir=Path(folder))
            bus = MemoryBus()
            async with (
                running(services, url, bus, open_media(None, Path(folder)), settings) as harness,
                AsyncClient(base_url=harness.address, timeout=60) as client,
            ):
                await _measure(url, client, times)
            await bus.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    asyncio.run(main(parser.parse_args().times))
