"""Jobs of retired kinds that release b3dc287 has left open are finished by this one, which makes none."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from httpx2 import AsyncClient

from chassis.testing import until
from contracts.catalogue import RETIRED
from tests.faults.processes import environment, start_anew
from tests.upgrade.restored import PASSWORD, SECRET_KEY, restored, restored_keys
from voxbus.services import SERVICES

#: the jobs get more time; the webhooks' addresses have no receiver
MADE_READY = """
UPDATE gateway.jobs SET deadline = now() + interval '1 hour' WHERE finished_at IS NULL;
UPDATE notify.webhooks SET disabled_at = now();
"""

UNREAD = """
SELECT n.id FROM notify.notifications n JOIN gateway.people p ON p.id = n.person_id
 WHERE n.read_at IS NULL AND p.email = 'anna@example.org'
"""


def test_nothing_proposes_a_retired_kind() -> None:
    operations = [operation for service in SERVICES for routes in service.routes for operation in routes.operations]
    assert {operation.job for operation in operations} & set(RETIRED) == set()


@pytest.mark.landing
@pytest.mark.timeout(180)
async def test_an_open_job_of_each_retired_kind_is_finished(postgres_url: str, tmp_path: Path) -> None:
    await restored_keys(tmp_path).close()
    async with restored(postgres_url) as url:
        database = await asyncpg.connect(url)
        await database.execute(MADE_READY)
        left = await database.fetch(
            "SELECT id, kind, created_at FROM gateway.jobs WHERE finished_at IS NULL AND kind <> 'attempt'"
        )
        jobs = {row["kind"]: row["id"] for row in left}
        assert jobs.keys() == {kind.name for kind in RETIRED}
        [unread] = await database.fetch(UNREAD)
        hooks = {row["id"] for row in await database.fetch("SELECT id FROM notify.webhooks")}
        settings = environment(
            tmp_path,
            database_url=url,
            keys_url=f"file://{tmp_path / 'keys.sqlite'}",
            data_dir=str(tmp_path / "data"),
            secret_key=SECRET_KEY,
            webhook_allow_nets="127.0.0.0/8",
            speech_engine="sphinx",
            port="0",
        )
        # the time of the dump, at which its messages are not too old
        back = max(row["created_at"] for row in left) - datetime.now(UTC)
        clock = ("tests.faults.clock_skew", str(back.total_seconds()))
        process = await start_anew(tmp_path / "log.txt", settings, *clock, "voxbus", "run")
        try:
            async with AsyncClient(base_url=await process.ready(), timeout=60) as http:
                account = {"email": "anna@example.org", "password": PASSWORD}
                token = (await http.post("/auth/login", json=account)).raise_for_status().json()["access_token"]
                http.headers["Authorization"] = f"Bearer {token}"

                async def all_ended() -> bool:
                    found = [(await http.get(f"/jobs/{job}")).raise_for_status().json() for job in jobs.values()]
                    assert {job["status"] for job in found} <= {"accepted", "running", "succeeded"}, found
                    return all(job["status"] == "succeeded" for job in found)

                await until(all_ended, within=60, what="the end of the jobs")
        finally:
            await process.stop(signal.SIGINT)
        assert await database.fetchval("SELECT read_at FROM notify.notifications WHERE id = $1", unread["id"])
        now = {row["id"]: row["url"] for row in await database.fetch("SELECT id, url FROM notify.webhooks")}
        assert now[jobs["webhook_create"]] == "http://127.0.0.1:9/late"
        assert len(hooks - now.keys()) == 1
        await database.close()
