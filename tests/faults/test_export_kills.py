"""Kills the all-in-one process at each point of an export, and starts it again on the same data: there is one archive.

And measures the memory of an archive of 2 GB. `make faults` runs both.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
from httpx2 import TransportError

from chassis.testing import until
from tests.faults.all_in_one import all_in_one, run_folder
from tests.faults.client import Client
from voxbus.local.reach import reach_postgres

__all__ = ["run_folder"]

pytestmark = [pytest.mark.timeout(900), pytest.mark.in_full]

POINTS = [
    "gateway.accept:committed",
    *(f"gateway.begin_export:{point}" for point in ("received", "worked", "committed")),
    *(f"speech.export_speech:{point}" for point in ("received", "claimed", "worked", "committed", "before the ack")),
    *(f"gateway.collect_export:{point}" for point in ("received", "committed")),
    *(f"gateway.make_export:{point}" for point in ("received", "claimed", "worked", "committed", "before the ack")),
]
EXPORTS = "SELECT id, size, archive FROM gateway.exports"
#: bytes that making an archive may take, besides those of a process that does nothing
MEMORY = 64 * 1024 * 1024


@pytest.mark.parametrize("point", POINTS)
async def test_a_kill_at_any_point_of_an_export_leaves_one_archive(run_folder: Path, point: str) -> None:
    folder = run_folder
    async with all_in_one(folder, "dying", crash_at=point) as dying, Client(await dying.ready()) as client:
        key = {"Idempotency-Key": "one"}
        with suppress(TransportError):
            await client.http.post("/me/export", headers=key)
        await dying.killed()
        async with all_in_one(folder, "next") as following:
            client.move(await following.ready())
            asked = await client.http.post("/me/export", headers=key)
            assert asked.status_code == 202, asked.text
            export = asked.json()["export"]["id"]

            async def ended() -> bool:
                status: str = (await client.http.get(f"/jobs/{export}")).json()["status"]
                return status not in ("accepted", "running")

            await until(ended, within=120, what="the end of the job")
            fetched = await client.http.get(f"/me/export/{export}")
            assert fetched.status_code == 200, fetched.text
            with zipfile.ZipFile(io.BytesIO(fetched.content)) as archive:
                assert archive.testzip() is None
            async with reach_postgres(folder / "data", lambda _: None) as dsn:
                database = await asyncpg.connect(dsn)
                [row] = await database.fetch(EXPORTS)
                await database.close()
            assert (str(row["id"]), row["size"]) == (export, len(fetched.content))

            async def parts_deleted() -> bool:
                folder_of_it = folder / "data/media/exports" / export
                places = {path.parent.relative_to(folder_of_it) for path in folder_of_it.rglob("*") if path.is_file()}
                left = Counter(place.parts[0] for place in places)
                # besides the archive; what any service was writing when it was killed goes two hours later
                return left.pop("archive") <= 2 and set(left.values()) <= {1}

            await until(parts_deleted, within=60, what="the deletion of the parts")
            await following.stop()


async def test_an_archive_of_two_gigabytes_takes_little_memory(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.export_memory", "2048", str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    found = {name: float(number) for name, number in re.findall(r"(\w+)=([\d.]+)", said.decode())}
    print("\n" + said.decode())
    assert found["data"] == 2 * 1024**3
    assert found["peak"] - found["before"] < MEMORY
