"""Tests the audit on RabbitMQ: no false alarm under backlog, stop and outage; an alarm for each deleted message."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import aio_pika
import asyncpg
import pytest

from chassis.bus.rabbit import RabbitBus
from chassis.delivery.relay import Relay
from chassis.fresh_databases import fresh_database
from chassis.handler import Deps, handles
from chassis.message.envelope import new_id
from chassis.observe import metrics
from chassis.observe.health import Watchdog
from chassis.service import Components, Platform
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.testing import running, until
from contracts.base import JobKind
from contracts.catalogue import ATTEMPT
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from feedback.service import SERVICE as FEEDBACK
from gateway.jobs import admin_jobs
from gateway.jobs.accept import Acceptance
from gateway.jobs.audit import Audit
from gateway.service import SERVICE as GATEWAY
from speech.service import SERVICE as SPEECH
from tests.brokers import Broker

#: jobs that wait, twice as many as are begun at once: thousands by hand
BACKLOG = int(os.environ.get("VOXBUS_TEST_QUEUED", "40"))
QUEUE = "speech.assess_attempt"
#: all commands may be in the broker at once, and no silence is allowed, so that a job counts as lost at once or never
OPEN_WIDE = dataclasses.replace(
    ATTEMPT,
    max_ready=None,
    steps=tuple(dataclasses.replace(step, max_silence=timedelta(0)) for step in ATTEMPT.steps),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class SpeechDeps(Deps):
    """Holds `allowed`, which is set when speech may go on."""

    allowed: asyncio.Event


@handles(AssessAttempt, slots=20, timeout=300)
async def assess_attempt(cmd: AssessAttempt, deps: SpeechDeps) -> None:
    """Stands in for the engine, and waits until it may go on."""
    await deps.allowed.wait()
    said = {**AttemptAssessed.examples()[0], "attempt_id": cmd.attempt_id, "person_id": cmd.person_id}
    async with deps.unit() as unit:
        unit.emit(AttemptAssessed.model_validate(said))


@asynccontextmanager
async def open_speech(_kit: Platform, allowed: asyncio.Event) -> AsyncIterator[Components]:
    yield Components(deps=SpeechDeps(allowed=allowed))


@asynccontextmanager
async def open_gateway(platform: Platform) -> AsyncIterator[Components]:
    """Provides the gateway without the loops that would audit and repair: the test says when."""
    async with GATEWAY.open(platform) as components:
        loops = {name: run for name, run in components.loops.items() if name not in {"audit", "topology"}}
        yield dataclasses.replace(components, loops=loops)


class Place:
    """Holds gateway, speech and feedback at work, an audit, and means to delete messages."""

    def __init__(self, url: str, database_url: str, bus: RabbitBus, database: Database, keys: Keys) -> None:
        self._url = url
        self._database_url = database_url
        self._database = database
        self.relay = Relay("gateway", database, bus, Watchdog().pulse("relay"), 10_000, lambda _: None)
        self._acceptance = Acceptance(database, self.relay, keys=keys)
        self._audit = Audit(database, bus, ["gateway", "speech", "feedback"], {"attempt": OPEN_WIDE})

    async def accept(self, count: int, kind: JobKind = OPEN_WIDE) -> list[UUID]:
        """Accepts `count` attempts of one person."""
        jobs, person = [new_id() for _ in range(count)], new_id()
        for job in jobs:
            command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job})
            await self._acceptance.accept(kind, command, job_id=job, person_id=person, idempotency=None)
        return jobs

    async def resend(self, job: UUID) -> None:
        """Puts the messages of a job into the outbox again, as `voxbus jobs resend` does."""
        async with self._database.transaction() as tx:
            assert await admin_jobs.resend(tx, job) > 0

    async def audit(self) -> tuple[int, int, int]:
        """Makes a round of the audit; returns the gauges: orphans, ledger, in flight."""
        await self._audit.once()
        await self._audit.show()
        values = {sample.name: sample.value for metric in metrics.REGISTRY.collect() for sample in metric.samples}
        orphans, ledger, in_flight = (
            values[f"voxbus_{name}"] for name in ("job_orphans", "job_ledger", "jobs_in_flight")
        )
        return int(orphans), int(ledger), int(in_flight)

    async def by_hand(self, statement: str, *parameters: object) -> list[asyncpg.Record]:
        """Runs a statement as the database's owner."""
        connection = await asyncpg.connect(self._database_url)
        try:
            return list(await connection.fetch(statement, *parameters))
        finally:
            await connection.close()

    async def take_one(self) -> UUID:
        """Takes a message out of the queue by hand, and returns its job."""
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            message = await (await channel.get_queue(QUEUE)).get(no_ack=True)
            return UUID(str(message.headers["cloudEvents_jobid"]))

    async def lost(self) -> list[UUID]:
        return [row["job_id"] for row in await self.by_hand("SELECT job_id FROM gateway.orphans ORDER BY job_id")]

    async def count(self, statement: str) -> int:
        [[found]] = await self.by_hand(statement)
        return int(found)


@dataclasses.dataclass
class Scene:
    """Tells how the place is run: whether speech may go on, and whether it runs at all."""

    place: Place
    allowed: asyncio.Event


@pytest.fixture
async def virtual_host(broker: Broker) -> str:
    return await broker.virtual_host()


@pytest.fixture
async def scene(
    postgres_url: str, virtual_host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owners_elsewhere: None
) -> AsyncIterator[Scene]:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    allowed = asyncio.Event()
    speech = dataclasses.replace(
        SPEECH, open=functools.partial(open_speech, allowed=allowed), handlers=(assess_attempt,)
    )
    services = (dataclasses.replace(GATEWAY, open=open_gateway), speech, FEEDBACK)
    bus = await RabbitBus.connect(virtual_host, "audit", watch_every=0.5)
    async with (
        fresh_database(postgres_url, services) as database_url,
        running(services, database_url, bus, open_media(None, tmp_path)) as harness,
    ):
        database = open_database(database_url, "gateway", size=4)
        place = Place(virtual_host, database_url, bus, database, harness.keys)
        relaying = asyncio.create_task(place.relay.run())
        yield Scene(place, allowed)
        allowed.set()
        relaying.cancel()
        await place.relay.flush(1)
        await database.close()
    await bus.close()


async def until_published(place: Place) -> None:
    """Waits until the outbox holds only messages that wait for their turn."""

    async def published() -> bool:
        return await place.count("SELECT count(*) FROM gateway.outbox WHERE claimed_until < 'infinity'") == 0

    await until(published, within=60)


async def until_audited(place: Place, wanted: tuple[int, int, int]) -> None:
    async def audited() -> bool:
        return await place.audit() == wanted

    await until(audited, within=60, every=0.2, what=f"orphans, ledger, in flight of {wanted}")


@pytest.mark.timeout(900)
@pytest.mark.landing
async def test_a_backlog_raises_no_alarm_and_whatever_is_deleted_by_hand_does(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    place = scene.place
    await place.accept(BACKLOG)
    assert await place.audit() == (0, 0, BACKLOG)
    await until_published(place)
    assert await place.audit() == (0, 0, BACKLOG)
    in_queue = await place.take_one()
    [[in_inbox]] = await place.by_hand(
        "DELETE FROM speech.inbox WHERE (consumer, id) = (SELECT consumer, id FROM speech.inbox"
        " WHERE done_at IS NULL LIMIT 1) RETURNING job_id"
    )
    *_, in_outbox = await place.accept((ATTEMPT.max_ready or 0) + 1, ATTEMPT)  # the last one waits for its turn
    assert await place.by_hand("DELETE FROM gateway.outbox WHERE job_id = $1 RETURNING id", in_outbox)
    assert (await place.audit())[:2] == (0, 0)  # they may be among those that wait
    scene.allowed.set()
    alarms = set()

    async def drained() -> bool:
        alarms.update(await place.lost())
        await place.audit()
        return await place.count("SELECT count(*) FROM gateway.jobs WHERE finished_at IS NULL") == 3

    await until(drained, within=600, every=0.5, what="the end of the backlog")
    deleted = {in_queue, in_inbox, in_outbox}
    await until_audited(place, (3, 3, 0))
    assert set(await place.lost()) == deleted
    assert alarms <= deleted
    assert all(str(job) in caplog.text for job in deleted)

    await place.resend(in_queue)
    await place.resend(in_inbox)
    await place.by_hand("UPDATE gateway.jobs SET deadline = now() WHERE id = $1", in_outbox)
    await until_audited(place, (0, 0, 0))
    ended = await place.by_hand("SELECT status, count(*) FROM gateway.jobs GROUP BY 1 ORDER BY 1")
    assert [tuple(row) for row in ended] == [("failed", 1), ("succeeded", BACKLOG + (ATTEMPT.max_ready or 0))]


@pytest.mark.landing
async def test_what_a_paused_service_holds_unacked_raises_no_alarm(scene: Scene) -> None:
    place = scene.place
    scene.allowed.set()
    locking = await asyncpg.connect(place._database_url)
    async with locking.transaction():
        await locking.execute("LOCK TABLE speech.inbox IN SHARE MODE")  # it cannot claim, but readers go on
        await place.accept(1)
        await until_published(place)
        for _ in range(5):
            assert await place.audit() == (0, 0, 1)
    await locking.close()
    await until_audited(place, (0, 0, 0))


@pytest.mark.in_full  # a start of the broker costs more than all else here; elsewhere a census that is not answered
async def test_a_broker_that_is_down_raises_no_alarm(scene: Scene, broker: Broker) -> None:
    place = scene.place
    await place.accept(20)
    await until_published(place)
    await asyncio.sleep(2)  # RabbitMQ 3.10 may lose, or leave dead, a queue declared less than that before its end
    await broker.kill()
    try:
        await place.accept(1)
        for _ in range(3):
            assert await place.audit() == (0, 0, 21)
    finally:
        await broker.start_again()
    for _ in range(20):  # while it comes back
        assert await place.audit() == (0, 0, 21)
    scene.allowed.set()
    await until_audited(place, (0, 0, 0))
    assert await place.count("SELECT count(*) FROM gateway.jobs WHERE status = 'succeeded'") == 21
