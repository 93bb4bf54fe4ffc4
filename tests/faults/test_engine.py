"""The process of the real engine is ended by a segmentation fault during every recording."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest

from chassis.testing import until
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make
from tests.faults.processes import Running, children
from tests.faults.system import System

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

TEXT = "She sells seashells by the seashore."
JOBS = 3


async def first_try(system: System, jobs: Sequence[UUID]) -> UUID | None:
    """Returns a job whose first try is running."""
    rows = await system.fetch(
        "SELECT job_id FROM speech.inbox WHERE job_id = ANY($1) AND owner IS NOT NULL AND done_at IS NULL"
        " AND tries = 1 AND consumer = 'speech.assess_attempt' ORDER BY job_id",
        jobs,
    )
    return UUID(str(rows[0]["job_id"])) if rows else None


def engines(speech: Running) -> list[int]:
    """Returns the children that hold an engine. A crash of the others, which decode, is blamed on the recording."""
    return [child for child in children(speech) if b"ears" in Path(f"/proc/{child}/cmdline").read_bytes()]


async def test_a_segfault_of_the_engine_costs_one_try(make_system: Make, hold: Hold, recording: bytes) -> None:
    async with make_system() as system:
        await system.serve("gateway", "feedback", "content", "notify")
        speech = await system.serve("speech")
        async with Client(system.address) as client:
            waiting = await client.submit_many(JOBS, recording, TEXT)
            jobs, hit = list(waiting), set[UUID]()
            while len(hit) < JOBS:
                job = await until(lambda: first_try(system, waiting), within=60, what="a first try")
                for engine in engines(speech):
                    os.kill(engine, signal.SIGSEGV)
                hit.add(job)
                waiting.remove(job)
            await asyncio.gather(*(client.follow(job, within=120) for job in jobs))
            rows = await system.fetch("SELECT * FROM speech.inbox WHERE job_id = ANY($1) AND tries > 0", jobs)
            assert {row["outcome"] for row in rows} == {"ok"}
            assert all(row["tries"] == row["fence"] for row in rows)
            assert sum(row["tries"] for row in rows) > JOBS, "no try was lost: no engine was at work"
            hold("SIGSEGV of the real engine's process", await system.report(client.observed, under_way=jobs))
