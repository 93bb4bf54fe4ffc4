"""Two processes of each service, every message twice; and a client that goes on with its stream on another gateway."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from chassis.bus.base import Outcome, Outgoing
from chassis.bus.rabbit import RabbitBus
from chassis.bus.topology import Queue, Topology
from chassis.message.envelope import Envelope
from chassis.testing import until
from contracts.base import Command
from contracts.catalogue import MESSAGES
from tests.faults.client import Client, Seen
from tests.faults.conftest import Hold, Make, all_faults

JOBS, JOBS_BRIEFLY = 20, 8
TEXT = "She sells seashells by the seashore."


class Repeater:
    """Publishes everything once more that goes over the bus, under its own id, as a second replica's sweep would."""

    def __init__(self, bus: RabbitBus) -> None:
        self._bus = bus
        self.repeated: set[UUID] = set()
        #: those of them that are about a job
        self.of_jobs: set[UUID] = set()
        self.passed = 0

    async def run(self) -> None:
        """Repeats messages until cancelled."""
        commands = tuple(m.type for m in MESSAGES.values() if issubclass(m, Command))
        queues = (
            Queue("repeater.dead", "events", (), None),
            Queue("repeater.commands", "jobs", commands, "repeater.dead"),
            Queue("repeater.events", "events", ("#",), "repeater.dead"),
        )
        await self._bus.declare(Topology(queues))
        await asyncio.gather(*(self._repeat(queue) for queue in queues[1:]))

    async def _repeat(self, queue: Queue) -> None:
        subscription = await self._bus.subscribe(queue.name, 100)
        while deliveries := await subscription.next(100):
            for delivery in deliveries:
                envelope = Envelope.parse(delivery.headers)
                self.passed += 1
                if envelope.id not in self.repeated:
                    self.repeated.add(envelope.id)
                    if envelope.job_id is not None:
                        self.of_jobs.add(envelope.id)
                    again = Outgoing(queue.exchange, envelope.type, envelope.id, envelope.headers(), delivery.body)
                    assert await self._bus.publish(again) is Outcome.CONFIRMED
            await subscription.ack_through(deliveries[-1])


@asynccontextmanager
async def repeating(bus_url: str) -> AsyncIterator[Repeater]:
    """Provides a repeater at work."""
    bus = await RabbitBus.connect(bus_url, "repeater")
    repeater = Repeater(bus)
    running = asyncio.create_task(repeater.run())
    try:
        yield repeater
        assert not running.done(), running.result()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await bus.close()


@pytest.mark.landing
async def test_duplicates_on_two_replicas_have_their_effects_once(
    request: pytest.FixtureRequest, make_system: Make, hold: Hold, recording: bytes
) -> None:
    count = JOBS if all_faults(request.config) else JOBS_BRIEFLY
    async with make_system() as system:
        for replica in (False, True):
            await system.serve("gateway", "feedback", "content", "notify", replica=replica)
            await system.fake_speech()
        async with repeating(system.bus_url) as repeater, Client(system.address) as client:
            jobs = await client.submit_many(count, recording, TEXT)
            await asyncio.gather(*(client.follow(job) for job in jobs))
            await system.settled(client.observed)

            async def all_passed_twice() -> bool:
                return repeater.passed >= 2 * len(repeater.repeated)

            await until(all_passed_twice, what="every message twice")
            # accepted, two starts, two results, one ending
            assert len(repeater.of_jobs) == 6 * count
            await system.settled(client.observed)
        await system.stop_all()  # whatever a duplicate could still do is done now
        hold("every message twice, two replicas of each service", await system.report(client.observed, under_way=jobs))


async def test_a_stream_goes_on_at_another_replica(make_system: Make, hold: Hold, recording: bytes) -> None:
    async with make_system() as system:
        first = await system.serve("gateway")
        second = await system.serve("gateway", "content", "notify", replica=True)
        await system.fake_speech()
        async with Client(system.address) as client:
            job = await client.submit(recording, TEXT)
            # there is no feedback service yet, so the stream stands still before its end
            seen = list(await client.follow(job, stop_after=lambda event: event.type == "attempt.assessed"))
            assert [event.seq for event in seen] == list(range(1, len(seen) + 1))
            await first.kill()
            client.move(await second.ready())
            resumed = asyncio.create_task(client.follow(job))
            await system.serve("feedback")
            followed = await resumed
            assert [event.seq for event in followed] == [1, 2, 3, 4, 5, 6]
            # two gateways number what arrives: a step's start and its result are in no promised order
            kinds = [event.type for event in followed]
            assert (kinds[0], kinds[-1]) == ("attempt.accepted", "job.succeeded")
            assert Counter(kinds[1:-1]) == {"step.started": 2, "attempt.assessed": 1, "feedback.given": 1}
            assert await client.resume(job, Seen(6, "job.succeeded")) == 204, "there is nothing more to come"
            hold(
                "kill -9 gateway under a stream, resumed on another",
                await system.report(client.observed, under_way=[job]),
            )
