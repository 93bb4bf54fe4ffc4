"""Tests fair turns: with many jobs of one person queued, ten jobs of another person get every other turn.

The work is a stand-in that only waits. On both buses, everything else is the product: accepting, dispatcher, relay,
claims, recorder. What is asserted is who came first, and not how long it took, which is the machine's affair.
"""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.delivery.relay import Relay
from chassis.fresh_databases import fresh_database
from chassis.handler import Deps, handles
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.service import Components, Platform
from chassis.storage.database import open_database
from chassis.storage.media import open_media
from chassis.testing import Harness, running, until
from contracts.catalogue import ATTEMPT
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from gateway.jobs.accept import Acceptance
from gateway.service import SERVICE as GATEWAY
from speech.handlers import SLOTS
from speech.service import SERVICE as SPEECH
from tests.brokers import Broker

#: jobs of the one person; ten thousand by hand, which takes a few minutes
QUEUED = int(os.environ.get("VOXBUS_TEST_QUEUED", "200"))
TEN = 10
HANDLING_S = 0.1
#: jobs of the noisy one that may be done while the ten are: one for each, and what was released or at work already
AHEAD = TEN + 2 * (SLOTS + (ATTEMPT.max_ready or 0))
ACCEPTING_AT_ONCE = 8


@handles(AssessAttempt, slots=SLOTS, timeout=30)
async def assess_attempt(cmd: AssessAttempt, deps: Deps) -> None:
    """Hears nothing, takes a while, and says all that ends the job."""
    await asyncio.sleep(HANDLING_S)
    job = {"attempt_id": cmd.attempt_id, "person_id": cmd.person_id}
    async with deps.unit() as unit:
        for message in (AttemptAssessed, FeedbackGiven):
            unit.emit(message.model_validate({**message.examples()[0], **job}))


class Line:
    """Accepts jobs, as a second gateway would, and looks at them."""

    def __init__(self, harness: Harness) -> None:
        self.harness = harness
        self._database = open_database(harness.database_url, "gateway", size=ACCEPTING_AT_ONCE)
        pulse = Watchdog().pulse("relay")
        self._relay = Relay("gateway", self._database, harness.bus, pulse, 100_000, lambda _: None)
        self._acceptance = Acceptance(self._database, self._relay, keys=harness.keys)

    async def accept(self, person: UUID, count: int) -> list[UUID]:
        """Accepts `count` jobs of one person, some at a time."""
        jobs = [new_id() for _ in range(count)]
        waiting = iter(jobs)

        async def client() -> None:
            for job in waiting:
                command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job})
                await self._acceptance.accept(ATTEMPT, command, job_id=job, person_id=person, idempotency=None)

        await asyncio.gather(*(client() for _ in range(ACCEPTING_AT_ONCE)))
        return jobs

    async def finished(self, jobs: list[UUID]) -> None:
        """Waits until all jobs are finished."""

        async def none_left() -> bool:
            return await self.unfinished(jobs) == 0

        await until(none_left, within=300)

    async def done_meanwhile(self, noisy: list[UUID], jobs: list[UUID]) -> int:
        """Counts the noisy jobs that were finished after all others were accepted, and before all others were done."""
        rows = await self._database.fetch(
            "SELECT count(*) FROM jobs, (SELECT max(created_at) AS began, max(finished_at) AS ended FROM jobs"
            " WHERE id = ANY($2)) AS others WHERE id = ANY($1) AND finished_at BETWEEN began AND ended",
            noisy,
            jobs,
        )
        return int(rows[0][0])

    async def unfinished(self, jobs: list[UUID]) -> int:
        """Returns how many of these jobs are still open."""
        rows = await self._database.fetch("SELECT count(*) FROM jobs WHERE id = ANY($1) AND finished_at IS NULL", jobs)
        return int(rows[0][0])

    async def close(self) -> None:
        await self._relay.flush(1)
        await self._database.close()


@asynccontextmanager
async def line(postgres_url: str, bus: Bus, folder: Path) -> AsyncIterator[Line]:
    """Provides the gateway and the stand-in at work."""

    @asynccontextmanager
    async def open_stand_in(_kit: Platform) -> AsyncIterator[Components]:
        yield Components(deps=Deps())

    services = [GATEWAY, dataclasses.replace(SPEECH, open=open_stand_in, handlers=(assess_attempt,))]
    media = open_media(None, folder)
    async with (
        fresh_database(postgres_url, services) as url,
        running(services, url, bus, media) as harness,
    ):
        found = Line(harness)
        try:
            yield found
        finally:
            await found.close()


@pytest.fixture(params=["memory", "rabbit"])
def beneath(request: pytest.FixtureRequest) -> Broker | None:
    """Provides a broker, or none; it is started only when it is wanted."""
    if request.param == "memory":
        return None
    broker: Broker = request.getfixturevalue("broker")
    return broker


@pytest.fixture
async def bus(beneath: Broker | None) -> AsyncIterator[Bus]:
    """Provides either bus with no message on it."""
    found = MemoryBus() if beneath is None else await RabbitBus.connect(await beneath.virtual_host(), "fairness")
    yield found
    await found.close()


@pytest.mark.landing
@pytest.mark.timeout(900)
async def test_ten_jobs_behind_many_of_another_person(
    postgres_url: str, bus: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owners_elsewhere: None
) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    async with line(postgres_url, bus, tmp_path) as queue:
        noisy = await queue.accept(new_id(), QUEUED)
        ten = await queue.accept(new_id(), TEN)
        await queue.finished(ten)
        assert await queue.unfinished(noisy) > 0, "nobody was crowding: the test tells nothing"
        done = await queue.done_meanwhile(noisy, ten)
        print(f"{done} of the noisy person's {QUEUED} jobs were done while the ten were")
        assert done <= AHEAD
