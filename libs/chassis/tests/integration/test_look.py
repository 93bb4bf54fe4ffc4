"""Tests that what is wrong beneath a service is said where an operator looks, until it is right."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import asyncpg
import pytest
from httpx2 import AsyncClient

from chassis.bus.base import BusAway
from chassis.bus.memory import MemoryBus
from chassis.bus.topology import Queue
from chassis.look import Look
from chassis.observe import metrics
from chassis.observe.health import Watchdog
from chassis.service import Service
from chassis.settings import Settings
from chassis.storage.database import open_database
from chassis.storage.media import open_media
from chassis.testing import running


class Broker(MemoryBus):
    """Represents a broker of some version, with queues that have other arguments."""

    def __init__(self) -> None:
        super().__init__()
        self.other: dict[str, str] = {}
        self.its_version = "3.10.8"
        self.away = False

    @property
    def version(self) -> str:
        return self.its_version

    async def changed(self, queues: Collection[Queue]) -> dict[str, str]:
        if self.away:
            raise BusAway
        return {queue.name: self.other[queue.name] for queue in queues if queue.name in self.other}


@dataclasses.dataclass
class Looking:
    """Holds a look, and the server's owner, who breaks things and mends them."""

    look: Look
    watchdog: Watchdog
    broker: Broker
    owner: asyncpg.Connection

    async def found(self) -> dict[str, str]:
        await self.look.once()
        assert all(f'what="{what}"' in metrics.exposition()[0].decode() for what in self.watchdog.remarks())
        return await self.watchdog.unready()


@pytest.fixture
def service(service: Service) -> Service:
    return dataclasses.replace(service, reads=("demo_open_v1", "elsewhere_rows_v1"))


@pytest.fixture
async def looking(database_url: str, service: Service) -> AsyncIterator[Looking]:
    broker, watchdog = Broker(), Watchdog()
    database, owner = open_database(database_url, "demo", size=1), await asyncpg.connect(database_url)
    yield Looking(Look(service, database, broker, watchdog), watchdog, broker, owner)
    watchdog.find("demo", {})
    await owner.close()
    await database.close()
    await broker.close()


@pytest.mark.parametrize(
    ("broken", "mended", "what", "reason"),
    [
        (
            "ALTER VIEW api.demo_open_v1 RENAME TO other",
            "ALTER VIEW api.other RENAME TO demo_open_v1",
            "view api.demo_open_v1",
            "is missing",
        ),
        (
            "REVOKE SELECT ON api.demo_open_v1 FROM voxbus_demo",
            "GRANT SELECT ON api.demo_open_v1 TO voxbus_demo",
            "view api.demo_open_v1",
            "voxbus_demo has no right to SELECT",
        ),
        (
            "REVOKE INSERT, DELETE ON demo.inbox FROM voxbus_demo",
            "GRANT ALL ON demo.inbox TO voxbus_demo",
            "table demo.inbox",
            "voxbus_demo has no right to INSERT, DELETE",
        ),
        (
            "ALTER TABLE demo.effects RENAME TO away",
            "ALTER TABLE demo.away RENAME TO effects",
            "table demo.effects",
            "",
        ),
        (
            "REVOKE USAGE ON SCHEMA api FROM voxbus_demo",
            "GRANT USAGE ON SCHEMA api TO voxbus_demo",
            "view api.demo",
            "",
        ),
    ],
    ids=["view missing", "view not granted", "table not granted", "table missing", "schema not granted"],
)
async def test_what_is_wrong_in_the_database(
    looking: Looking, caplog: pytest.LogCaptureFixture, broken: str, mended: str, what: str, reason: str
) -> None:
    assert await looking.found() == {}
    await looking.owner.execute(broken)
    [(name, said)] = (await looking.found()).items()
    assert (name.startswith(what), reason in said) == (True, True), (name, said)
    await looking.found()
    assert caplog.text.count("something is wrong") == 1
    await looking.owner.execute(mended)
    assert await looking.found() == {}
    assert f'what="{name}"' not in metrics.exposition()[0].decode()
    assert "something is right again" in caplog.text


async def test_a_queue_with_other_arguments(looking: Looking) -> None:
    looking.broker.other = {"demo.work": "inequivalent arg 'x-max-length'", "other.work": "not of this service"}
    told = {"queue demo.work": "exists with other arguments: inequivalent arg 'x-max-length'"}
    assert await looking.found() == told
    looking.broker.away = True
    assert await looking.found() == told  # as long as the broker cannot be asked
    looking.broker.away, looking.broker.other = False, {}
    assert await looking.found() == {}


@pytest.mark.parametrize(
    ("version", "is_told", "is_ready"),
    [
        ("3.10.8", False, True),
        ("3.13.7", False, True),
        ("4.1.0", False, True),
        ("5.0.0", True, True),
        ("None", True, True),
        ("3.9.29", True, False),
    ],
)
async def test_a_broker_of_another_version(looking: Looking, version: str, is_told: bool, is_ready: bool) -> None:
    looking.broker.its_version = version
    assert (await looking.found() == {}) is is_ready
    assert ("broker" in looking.watchdog.remarks()) is is_told


async def test_a_process_is_unready_from_its_start_and_says_why(
    looking: Looking, service: Service, database_url: str, tmp_path: Path
) -> None:
    await looking.owner.execute("REVOKE UPDATE ON demo.timers FROM voxbus_demo")
    bus, settings = Broker(), Settings(port=0, database_url=database_url, data_dir=tmp_path)
    bus.its_version = "5.0.0"
    async with (
        running([service], database_url, bus, open_media(None, tmp_path), settings) as harness,
        AsyncClient(base_url=harness.address, timeout=60) as client,
    ):
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()["reasons"].keys()) == (503, {"table demo.timers", "broker"})
    await bus.close()
