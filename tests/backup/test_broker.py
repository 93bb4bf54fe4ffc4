"""Restores a backup that was taken under load on RabbitMQ, onto a broker that still has messages of later."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import UUID

import pytest

from chassis.settings import Settings
from chassis.testing import until
from tests.backup.installation import empty_installation
from tests.brokers import Broker
from tests.faults.client import Client
from tests.faults.load import TEXT
from tests.faults.system import System, system
from voxbus.backup.restore import Asked, restore
from voxbus.backup.take import take

pytestmark = [pytest.mark.timeout(600), pytest.mark.in_full]

RECORDING = (Path(__file__).parents[2] / "samples" / "she-sells.webm").read_bytes()
SECRET_KEY = "the-secret-key-of-both-installations"
JOBS = 30


def settings_of(made: System, bus_url: str) -> Settings:
    return Settings(
        data_dir=made.folder,
        database_url=made.database_url,
        bus_url=bus_url,
        keys_url=f"file://{made.folder / 'keys.sqlite'}",
    )


async def serve(made: System) -> None:
    await made.serve("gateway")
    await made.fake_speech()
    await made.serve_each("feedback", "content", "notify")


@pytest.mark.landing
async def test_jobs_accepted_before_a_backup_end_on_a_broker_of_another_time(
    postgres_url: str, broker: Broker, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with (
        system(tmp_path / "one", postgres_url, broker, secret_key=SECRET_KEY) as one,
        empty_installation(tmp_path / "two", postgres_url) as empty,
    ):
        await serve(one)
        async with Client(one.address) as client:
            token = client.http.headers["Authorization"]
            before = await client.submit_many(5, RECORDING, TEXT)
            load = asyncio.create_task(client.submit_many(JOBS, RECORDING, TEXT))
            taken = await take(settings_of(one, one.bus_url), str(tmp_path / "b"), None, lambda _: None)
            await load
        await one.kill_all()  # the broker keeps what they have published since

        two = System(empty.folder, empty.url, one.bus_url, secret_key=SECRET_KEY)
        try:
            asked = Asked(str(tmp_path / "b"), None, str(tmp_path / "b-erased"), force=False)
            report = await restore(settings_of(two, one.bus_url), asked, print)
            assert report.differs == {}
            assert report.resumed.queues > 5
            held = [row["id"] for row in await two.fetch("SELECT id FROM gateway.jobs WHERE finished_at IS NULL")]
            assert report.resumed.jobs == len(held)
            await serve(two)
            known = {row["id"] for row in await two.fetch("SELECT id FROM gateway.jobs")}
            assert set(before) <= known

            async def all_ended() -> bool:
                rows = await two.fetch("SELECT status FROM gateway.jobs WHERE kind = 'attempt'")
                return {row["status"] for row in rows} == {"succeeded"}

            await until(all_ended, within=120, what="the end of every job")
            async with Client(two.address) as client:
                client.http.headers["Authorization"] = token
                client.observed.jobs |= dict.fromkeys((UUID(str(job)) for job in known), "succeeded")
                report_of_books = await two.report(client.observed)
                assert report_of_books.clean, report_of_books
        finally:
            await two.kill_all()
    assert taken.manifest.objects >= 0
