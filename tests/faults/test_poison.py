"""Poison messages run beside twenty others: unreadable ones, failing ones, and those that kill their worker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from chassis.bus.base import Outcome, Outgoing
from chassis.bus.rabbit import RabbitBus
from chassis.message.envelope import Envelope, new_id
from tests.faults.client import Client
from tests.faults.conftest import Hold, Make
from tests.faults.fake_engine import CRASHES
from tests.faults.fake_speech import KILLS, RAISES
from tests.faults.system import System

INNOCENTS = 20
MOST_TRIES = 5
#: seconds for five tries that each end a process, and as many starts of it
PATIENCE = 120.0
TEXT = "She sells seashells by the seashore."
COMMAND, EVENT = ("jobs", "attempt.assess"), ("events", "attempt.assessed")


async def publish(system: System, *, headers: dict[str, str], body: bytes) -> None:
    """Publishes a message as a command and as an event."""
    bus = await RabbitBus.connect(system.bus_url, "poison")
    try:
        for exchange, key in (COMMAND, EVENT):
            named = {name: value.replace("?", key) for name, value in headers.items()}
            assert await bus.publish(Outgoing(exchange, key, new_id(), named, body)) is Outcome.CONFIRMED
    finally:
        await bus.close()


class Keeper:
    """Starts the stand-in again whenever it dies. What it held is due at once, and no try waits for its time."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.deaths = 0

    async def keep(self) -> None:
        """Restarts speech whenever it ends, and makes its messages due, until cancelled."""
        while True:
            process = await self._system.fake_speech()
            while not process.ended:
                await self._system.execute(
                    "UPDATE speech.inbox SET due_at = now() WHERE done_at IS NULL AND owner IS NULL AND due_at > now()"
                )
                await asyncio.sleep(0.2)
            await process.killed()
            self.deaths += 1
            await self._system.let_time_pass("speech")


@asynccontextmanager
async def kept(system: System) -> AsyncIterator[Keeper]:
    """Provides a stand-in that is kept alive."""
    keeper = Keeper(system)
    keeping = asyncio.create_task(keeper.keep())
    try:
        yield keeper
        assert not keeping.done(), keeping.result()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@pytest.mark.parametrize(
    ("what", "text", "deaths"),
    [
        pytest.param("always raising", RAISES, 0, id="raises", marks=pytest.mark.in_full),
        pytest.param("killing its child process", CRASHES, 0, id="crashes", marks=pytest.mark.in_full),
        pytest.param("killing its process", KILLS, MOST_TRIES, id="kills"),
    ],
)
@pytest.mark.landing
async def test_poison_that_fails_every_time_takes_no_innocent_along(
    make_system: Make, hold: Hold, recording: bytes, what: str, text: str, deaths: int
) -> None:
    async with make_system() as system:
        await system.serve("gateway", "feedback", "content", "notify")
        async with Client(system.address, PATIENCE) as client:
            first = await client.submit_many(INNOCENTS // 2, recording, TEXT)
            poison = await client.submit(recording, text, ends="failed")
            jobs = [*first, poison, *await client.submit_many(INNOCENTS // 2, recording, TEXT)]
            async with kept(system) as keeper:
                await asyncio.gather(*(client.follow(job) for job in jobs))
                report = await system.report(client.observed, dead={"speech.assess_attempt": 1}, under_way=jobs)
            assert keeper.deaths == deaths
            tries = {row["job_id"]: row["tries"] for row in (await system.books()).inbox if row["service"] == "speech"}
            assert tries[poison] == MOST_TRIES + (deaths > 0)  # the claim after the last crash is only to bury it
            hold(f"poison {what}, beside {INNOCENTS} innocents", report)


@pytest.mark.landing
async def test_poison_that_cannot_be_read_takes_no_innocent_along(
    make_system: Make, hold: Hold, recording: bytes
) -> None:
    async with make_system() as system:
        await system.serve("gateway", "feedback", "content", "notify")
        async with Client(system.address) as client, kept(system) as keeper:
            first = await client.submit_many(INNOCENTS // 2, recording, TEXT)
            await publish(system, headers={"cloudEvents_id": "nonsense"}, body=b"\xff\x00")
            no_job = Envelope(id=new_id(), type="?", version=(1, 0), source="voxbus/test", time=datetime.now(UTC))
            await publish(system, headers=no_job.headers(), body=b'{"no": "attempt"}')
            jobs = [*first, *await client.submit_many(INNOCENTS // 2, recording, TEXT)]
            await asyncio.gather(*(client.follow(job) for job in jobs))
            # Bytes without an envelope reach no one; a body of another form has one, so the recorder keeps it as it is.
            dead = {
                "speech.assess_attempt": 2,
                "feedback.give_feedback": 2,
                "content.project_progress": 2,
                "gateway.record": 1,
            }
            report = await system.report(client.observed, dead=dead, under_way=jobs)
            assert keeper.deaths == 0
            hold(f"poison undecodable and of a wrong schema, beside {INNOCENTS}", report)
