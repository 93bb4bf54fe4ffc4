"""Tests the gateway's timed work."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest

from chassis.bus.memory import MemoryBus
from chassis.delivery.media_deletion import MediaDeleter
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.storage.drift import drift
from chassis.storage.media import Media, open_media
from gateway.jobs.accept import Idempotency
from gateway.jobs.maintenance import Sweep
from gateway.jobs.recordings import recording_key
from gateway.jobs.retires import Recordings
from gateway.service import SERVICE
from services.gateway.tests.integration.fixtures import Bench


@pytest.fixture
def media(tmp_path: Path) -> Media:
    return open_media(f"file://{tmp_path}", tmp_path)


async def written(media: Media, folder: Path, job_id: UUID, hours: float) -> Path:
    path = folder / (await media.write(recording_key(job_id), b"sound", "audio/webm")).key
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))
    return path


async def test_old_recordings_of_no_open_job_are_marked_and_gone(bench: Bench, media: Media, tmp_path: Path) -> None:
    running, ended, fresh = await bench.new_job(), await bench.new_job(), await bench.new_job()
    await bench.endings.cancel(ended, bench.person)
    kept = [await written(media, tmp_path, running, 2), await written(media, tmp_path, new_id(), 0.9)]
    gone = [await written(media, tmp_path, ended, 2), await written(media, tmp_path, new_id(), 1.1)]
    kept.append(await written(media, tmp_path, fresh, 0))
    await bench.retire(retires={"recordings": Recordings(bench.database, media)})
    deleter = MediaDeleter("gateway", bench.database, media, bench.watchdog.pulse("eraser"))
    await deleter.delete_due()
    assert [path.exists() for path in (*kept, *gone)] == [True] * 3 + [False] * 2


async def test_expired_keys_are_forgotten_and_others_are_not(bench: Bench) -> None:
    for key in ("old", "new"):
        await bench.accept(Idempotency("POST /attempts", key, "same"))
    await bench.database.fetch(
        "UPDATE idempotency SET expires_at = now() WHERE key = 'old' AND person_id = $1", bench.person
    )
    await bench.retire()
    left = await bench.database.fetch("SELECT key FROM idempotency WHERE person_id = $1", bench.person)
    assert [row.key for row in left] == ["new"]


@pytest.fixture
async def own_url(postgres_url: str) -> AsyncIterator[str]:
    """Provides a database in which no gateway has ever started: each makes partitions."""
    async with fresh_database(postgres_url, [SERVICE], partitioned=False) as url:
        yield url


async def test_the_log_is_partitioned_ahead_and_rows_move_out_of_the_default(own_url: str) -> None:
    database, bus = open_database(own_url, "gateway"), MemoryBus()
    await bus.declare(SERVICE.topology())
    bench = Bench(database, bus)
    job_id = await bench.new_job()
    sweeps = [Sweep(bench.database) for _ in range(3)]
    made = await asyncio.gather(*(sweep.make_partitions() for sweep in sweeps))
    assert len({name for names in made for name in names}) == sum(map(len, made)) == 5
    assert await sweeps[0].make_partitions() == []
    later = await bench.new_job()
    [[strays]] = await bench.database.fetch("SELECT count(*) FROM log_default")
    assert strays == 0
    await bench.recorder.record([*bench.steps(job_id), *bench.steps(later)])
    assert len(await bench.rows(job_id)) == len(await bench.rows(later)) == 4
    assert await drift(own_url, SERVICE) == []
    await bench.relay.flush(0)
    await bus.close()
    await database.close()
