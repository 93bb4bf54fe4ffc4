"""Queues are deleted under load: they are made again, what they held comes from the log, and every job ends."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from sqlalchemy import Row

from chassis.bus.base import Bus
from chassis.bus.memory import MemoryBus
from chassis.bus.rabbit import RabbitBus
from chassis.delivery.relay import Relay
from chassis.fresh_databases import fresh_database
from chassis.handler import Deps, handles
from chassis.message.envelope import new_id
from chassis.observe.health import Watchdog
from chassis.service import Components, Platform
from chassis.storage.database import Database, open_database
from chassis.storage.keys import Keys
from chassis.storage.media import open_media
from chassis.testing import running, until
from contracts.catalogue import ATTEMPT
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from feedback.service import SERVICE as FEEDBACK
from gateway.jobs import statements
from gateway.jobs.accept import Acceptance
from gateway.jobs.topology import TopologyKeeper
from gateway.service import SERVICE as GATEWAY
from speech.service import SERVICE as SPEECH
from tests.brokers import Broker

JOBS = 60
#: all of them may lie in the broker at once, so that there is something to lose
WIDE = dataclasses.replace(ATTEMPT, max_ready=None)


@handles(AssessAttempt, slots=2, timeout=30)
async def assess_attempt(cmd: AssessAttempt, deps: Deps) -> None:
    """Stands in for the engine, and takes a moment."""
    await asyncio.sleep(0.05)
    said = {**AttemptAssessed.examples()[0], "attempt_id": cmd.attempt_id, "person_id": cmd.person_id}
    async with deps.unit() as unit:
        unit.emit(AttemptAssessed.model_validate(said))


@asynccontextmanager
async def open_stand_in(_kit: Platform) -> AsyncIterator[Components]:
    yield Components(deps=Deps())


@asynccontextmanager
async def open_unkept(platform: Platform) -> AsyncIterator[Components]:
    """Opens the gateway without the loops of its keeper and its turns: the test repairs, and held commands wait."""
    async with GATEWAY.open(platform) as components:
        loops = {name: run for name, run in components.loops.items() if name not in ("topology", "turns")}
        yield dataclasses.replace(components, loops=loops)


SERVICES = (
    dataclasses.replace(GATEWAY, open=open_unkept),
    FEEDBACK,
    dataclasses.replace(SPEECH, open=open_stand_in, handlers=(assess_attempt,)),
)


class Place:
    """Represents the product at work on a virtual host of its own, and a hand that deletes."""

    def __init__(self, url: str, bus: Bus, database: Database, keys: Keys) -> None:
        self._url = url
        self._bus = bus
        self._database = database
        self._keys = keys
        topology = SERVICES[0].topology() + SERVICES[1].topology() + SERVICES[2].topology()
        self.keeper = TopologyKeeper(database, bus, topology)
        self._relay = Relay("gateway", database, bus, Watchdog().pulse("relay"), 10_000, lambda _: None)

    async def accept(self, count: int) -> list[UUID]:
        jobs = [new_id() for _ in range(count)]
        acceptance = Acceptance(self._database, self._relay, keys=self._keys)
        for job in jobs:
            command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job})
            await acceptance.accept(WIDE, command, job_id=job, person_id=new_id(), idempotency=None)
        return jobs

    async def unbind(self, queue: str) -> None:
        """Deletes the bindings of a queue."""
        [spec] = [found for found in self.keeper._topology.queues if found.name == queue]
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            for key in spec.keys:
                await (await channel.get_queue(queue)).unbind(spec.exchange, key)

    async def delete(self, *queues: str) -> int:
        """Deletes queues with all their messages; returns how many messages they held."""
        lost = 0
        async with await aio_pika.connect(self._url) as connection:
            channel = await connection.channel()
            for queue in queues:
                deleted = await (await channel.get_queue(queue)).delete(if_unused=False, if_empty=False)
                lost += deleted.message_count or 0
        return lost

    async def statuses(self, jobs: Sequence[UUID]) -> dict[str, int]:
        rows = await self.rows("SELECT status, count(*) AS n FROM jobs WHERE id = ANY($1) GROUP BY 1", list(jobs))
        return {row.status: row.n for row in rows}

    @asynccontextmanager
    async def no_turns(self) -> AsyncIterator[None]:
        """Keeps held commands waiting for their turn."""
        async with self._database.transaction() as tx:
            await tx.fetch(statements.LOCK_KIND, ATTEMPT.name)
            yield

    async def rows(self, statement: str, *parameters: object) -> Sequence[Row[Any]]:
        return await self._database.fetch(statement, *parameters)


@pytest.fixture
async def place(
    postgres_url: str, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owners_elsewhere: None
) -> AsyncIterator[Place]:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    url = await broker.virtual_host()
    bus = await RabbitBus.connect(url, "topology", watch_every=0.5)
    async with (
        fresh_database(postgres_url, SERVICES, filled=True) as database_url,
        running(SERVICES, database_url, bus, open_media(None, tmp_path)) as harness,
    ):
        database = open_database(database_url, "gateway", size=4)
        found = Place(url, bus, database, harness.keys)
        await found.keeper.apply()
        yield found
        await found._relay.flush(1)
        await database.close()
    await bus.close()


@pytest.mark.landing
async def test_queues_deleted_under_load_are_repaired_and_every_job_ends(place: Place) -> None:
    jobs = await place.accept(JOBS)
    lost = 0
    for _ in range(2):
        lost += await place.delete("speech.assess_attempt", "feedback.give_feedback")
        await place.keeper.apply()
        assert await place.keeper.repair() > 0
    jobs += await place.accept(5)
    assert lost > 0, "nothing was in the queues: the test tells nothing"

    async def all_ended() -> bool:
        return await place.statuses(jobs) == {"succeeded": len(jobs)}

    await until(all_ended, within=60, what="every job's success")
    [events] = await place.rows("SELECT count(*) AS n FROM log WHERE type = $1", AttemptAssessed.type)
    assert events.n == len(jobs)


async def test_a_command_queue_that_lost_its_binding_under_load_gets_all_that_was_sent_meanwhile(place: Place) -> None:
    jobs = await place.accept(10)
    await place.unbind("speech.assess_attempt")
    jobs += await place.accept(5)
    await place.keeper.apply()

    async def all_ended() -> bool:
        return await place.statuses(jobs) == {"succeeded": len(jobs)}

    await until(all_ended, within=60, what="every job's success")
    assert await place.keeper.repair() == 0


async def test_what_ran_alone_leaves_nothing_to_repair_on_a_broker(
    postgres_url: str, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "k" * 40)
    services, memory = (GATEWAY, *SERVICES[1:]), MemoryBus()
    async with fresh_database(postgres_url, services) as database_url:
        database = open_database(database_url, "gateway", size=4)
        async with running(services, database_url, memory, open_media(None, tmp_path)) as harness:
            place = Place("", memory, database, harness.keys)
            [job] = await place.accept(1)

            async def ended() -> bool:
                return await place.statuses([job]) == {"succeeded": 1}

            await until(ended)
            await place._relay.flush(1)
        await memory.close()
        bus = await RabbitBus.connect(await broker.virtual_host(), "topology")
        keeper = TopologyKeeper(database, bus, place.keeper._topology)
        await keeper.apply()
        assert await keeper.repair() == 0
        await bus.close()
        await database.close()


async def test_a_gap_is_known_before_the_queue_is_there_again_and_repaired_by_whoever_comes(place: Place) -> None:
    await place.delete("speech.assess_attempt")
    [job] = await place.accept(1)
    await place.keeper.apply()  # the process that did this ended here
    other = TopologyKeeper(place._database, place._bus, place.keeper._topology)
    await other.apply()
    [gap] = await place.rows("SELECT queue, gaps FROM topology_seen WHERE gaps > 0")
    assert gap.queue == "speech.assess_attempt"  # noted more than once where the broker broke off a declaration
    assert await other.repair() == 1
    assert await other.repair() == 0

    async def ended() -> bool:
        return await place.statuses([job]) == {"succeeded": 1}

    await until(ended, what="the job whose command was repaired")


async def test_what_waits_for_its_turn_and_what_is_long_past_is_not_sent_again(place: Place) -> None:
    jobs = await place.accept(3)

    async def ended() -> bool:
        return await place.statuses(jobs) == {"succeeded": 3}

    await until(ended)
    await place.rows("UPDATE log SET time = now() - interval '16 minutes' WHERE stream_id = $1", jobs[0])
    async with place.no_turns():
        await place.rows(
            "INSERT INTO outbox (id, exchange, key, body, headers, claimed_until)"
            " SELECT event_id, 'jobs', type, body, headers, 'infinity' FROM log WHERE stream_id = $1 AND seq = 1"
            " ON CONFLICT (id) DO UPDATE SET claimed_until = 'infinity'",
            jobs[1],
        )
        await place.delete("speech.assess_attempt")
        await place.keeper.apply()
        assert await place.keeper.repair() == 1
