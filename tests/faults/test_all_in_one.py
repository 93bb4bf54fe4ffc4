"""The all-in-one process is killed right after attempts were accepted, and started again on the same data.

The real engine assesses all of them: three in `make test`, twenty in `make faults`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chassis.testing import until
from tests.faults.all_in_one import all_in_one, run_folder
from tests.faults.client import Client
from tests.faults.conftest import Hold, all_faults
from tests.faults.invariants import check, read_books
from voxbus.local.postgres import start_postgres

__all__ = ["run_folder"]

pytestmark = [pytest.mark.timeout(300), pytest.mark.landing]

JOBS, JOBS_IN_FULL = 3, 20
TEXT = "She sells seashells by the seashore."


async def test_a_kill_right_after_many_acceptances_loses_none(
    request: pytest.FixtureRequest, run_folder: Path, hold: Hold, recording: bytes
) -> None:
    folder, count = run_folder, JOBS_IN_FULL if all_faults(request.config) else JOBS
    async with all_in_one(folder, "1-run") as first, Client(await first.ready()) as client:
        jobs = await client.submit_many(count, recording, TEXT)
        killed_at = datetime.now(UTC)
        await first.kill()
        async with all_in_one(folder, "2-run") as second:
            client.move(await second.ready())
            await asyncio.gather(*(client.follow(job, within=150) for job in jobs))

            async def told() -> bool:
                listed = await client.http.get("/notifications", params={"limit": 100})
                return len(listed.json()["items"]) >= count and not list((folder / "data/media/recordings").glob("*"))

            await until(told, what="a notification of each, and no recording")
            await second.stop()
    async with await start_postgres(folder / "data", lambda _: None) as postgres:
        books = await read_books(postgres.dsn, folder / "data/media")
    under_way = [job for job, row in books.jobs.items() if row["finished_at"] > killed_at]
    assert under_way
    hold(f"kill -9 of the all-in-one after {count} 202s", check(books, client.observed, dead={}, under_way=under_way))
