"""Tests fair turns: which command is released when, by any gateway; and that they cost nothing while none waits."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row

from chassis.bus.base import Outcome, Outgoing, ended
from chassis.bus.memory import MemoryBus
from chassis.delivery.statements import CLEAR_OUTBOX_CLAIMS
from chassis.fresh_databases import fresh_database
from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from chassis.testing import until
from contracts.common import StepStarted
from contracts.gateway import AssessAttempt
from gateway.jobs import statements
from gateway.jobs.accept import Acceptance
from gateway.jobs.fair_dispatch import Dispatcher
from gateway.service import SERVICE
from services.gateway.tests.integration.fixtures import ATTEMPT, Bench, LosesAnswers

WINDOW = ATTEMPT.max_ready or 0


class Listening(MemoryBus):
    """Confirms everything and keeps what it was given, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.published: list[UUID] = []

    def publish(self, outgoing: Outgoing) -> asyncio.Future[Outcome]:
        self.published.append(UUID(outgoing.headers["cloudEvents_jobid"]))
        return ended(Outcome.CONFIRMED)


@dataclasses.dataclass
class Turns:
    """Holds a bench of its own: turns are a matter of all jobs of a kind."""

    bench: Bench
    bus: Listening

    def dispatcher(self, failpoint: Any = None) -> Dispatcher:
        return Dispatcher(self.bench.database, self.bench.relay, self.bench.watchdog.pulse("t"), failpoint=failpoint)

    async def accept(self, person: UUID, count: int = 1, acceptance: Acceptance | None = None) -> list[UUID]:
        """Accepts `count` jobs of a person, one after another."""
        self.bench.person = person
        return [(await self.bench.accept(acceptance=acceptance)).job_id for _ in range(count)]

    async def begin(self, *jobs: UUID) -> None:
        """Records the first event of each job."""
        start = StepStarted(step="speech.assess_attempt", tries=1)
        await self.bench.recorder.record([self.bench.event(job, start) for job in jobs])

    async def held(self) -> Sequence[Row[Any]]:
        return await self.bench.database.fetch(
            "SELECT job_id, turn FROM outbox WHERE claimed_until = 'infinity' ORDER BY turn, id"
        )

    async def ready(self) -> list[UUID]:
        return [row.id for row in await self.bench.database.fetch("SELECT id FROM jobs WHERE ready_at IS NOT NULL")]

    async def sent(self) -> list[UUID]:
        """Returns the jobs that have gone to the broker since the last call."""
        await asyncio.sleep(0)
        found, self.bus.published = self.bus.published, []
        return found

    async def drain(self) -> list[UUID]:
        """Begins what is ready and releases what follows, until nothing is held; returns jobs in that order."""
        order: list[UUID] = []
        while await self.held():
            await self.begin(*await self.ready())
            await self.dispatcher().release()
            order += await self.sent()
        return order


@pytest.fixture
async def turns(postgres_url: str) -> AsyncIterator[Turns]:
    async with fresh_database(postgres_url, [SERVICE]) as url:
        database = open_database(url, "gateway")
        bus = Listening()
        bench = Bench(database, bus)
        yield Turns(bench, bus)
        await bench.relay.flush(1)
        await database.close()


async def test_while_nobody_waits_a_command_goes_at_once_and_no_turn_is_written(turns: Turns) -> None:
    jobs = []
    for _ in range(3 * WINDOW):
        jobs += await turns.accept(new_id())
        await turns.begin(jobs[-1])
    assert await turns.sent() == jobs
    for table in ("person_turns", "kind_turns"):
        assert await turns.bench.database.fetch(f"SELECT * FROM {table}") == []
    assert not await turns.dispatcher().release()
    assert await turns.sent() == []


async def test_a_window_of_commands_is_ready_and_the_others_go_by_person_in_turn(turns: Turns) -> None:
    many, few = new_id(), new_id()
    first = await turns.accept(many, WINDOW)
    waiting = await turns.accept(many, 5)
    late = await turns.accept(few, 2)
    assert await turns.sent() == first
    assert await turns.dispatcher().release()
    assert await turns.sent() == []
    order = await turns.drain()
    assert order == [waiting[0], late[0], waiting[1], late[1], *waiting[2:]]
    [[last]] = await turns.bench.database.fetch("SELECT turn FROM kind_turns")
    assert last == 4


async def test_of_those_who_come_together_no_more_than_a_window_go(turns: Turns) -> None:
    requests = []
    for _ in range(WINDOW + 3):
        job_id, person = new_id(), new_id()
        command = AssessAttempt.model_validate({**AssessAttempt.examples()[0], "attempt_id": job_id})
        requests.append(
            turns.bench.acceptance.accept(ATTEMPT, command, job_id=job_id, person_id=person, idempotency=None)
        )
    await asyncio.gather(*requests)
    assert len(await turns.held()) == 3
    assert sorted(await turns.sent()) == sorted(await turns.ready())


async def test_who_comes_late_is_next_and_then_takes_turns(turns: Turns) -> None:
    many, few = new_id(), new_id()
    await turns.accept(many, WINDOW)
    await turns.accept(many, 8)
    for _ in range(2):
        await turns.begin(*await turns.ready())
        await turns.dispatcher().release()
    await turns.sent()
    late = await turns.accept(few, 3)
    left = [row.job_id for row in await turns.held() if row.job_id not in late]
    assert len(left) == 8 - 2 * WINDOW
    assert await turns.drain() == [late[0], left[0], late[1], left[1], late[2], *left[2:]]


async def test_one_person_at_several_gateways_at_once_has_a_turn_for_each_command(turns: Turns) -> None:
    person = new_id()
    await turns.accept(person, WINDOW)
    await asyncio.gather(*(turns.accept(person) for _ in range(20)))
    assert sorted(row.turn for row in await turns.held()) == list(range(20))


async def test_dispatchers_side_by_side_fill_the_window_once(turns: Turns) -> None:
    person = new_id()
    first = await turns.accept(person, WINDOW)
    await turns.accept(person, 10)
    await turns.begin(*first)
    await turns.sent()
    await asyncio.gather(*(turns.dispatcher().release() for _ in range(6)))
    released = await turns.sent()
    assert len(released) == len(set(released)) == WINDOW
    assert set(await turns.ready()) == set(released)


async def test_what_a_dispatcher_released_and_did_not_publish_is_swept(turns: Turns) -> None:
    def crash(_: str) -> None:
        raise RuntimeError("the process ends here")

    person = new_id()
    await turns.begin(*await turns.accept(person, WINDOW))
    first = await turns.accept(person, WINDOW)
    [waiting] = await turns.accept(person)
    await turns.begin(*first)
    await turns.sent()
    with pytest.raises(RuntimeError):
        await turns.dispatcher(crash).release()
    assert (await turns.sent(), await turns.ready()) == ([], [waiting])
    await turns.bench.database.fetch("UPDATE outbox SET claimed_until = now() WHERE job_id = $1", waiting)
    running = asyncio.create_task(turns.bench.relay.run())

    async def swept() -> bool:
        return waiting in turns.bus.published

    await until(swept)
    running.cancel()


async def test_the_sweeper_and_a_new_start_leave_alone_what_waits(turns: Turns) -> None:
    person = new_id()
    await turns.accept(person, WINDOW)
    waiting = set(await turns.accept(person, 3))
    await turns.sent()
    await turns.bench.database.fetch(CLEAR_OUTBOX_CLAIMS)
    running = asyncio.create_task(turns.bench.relay.run())

    async def only_these() -> bool:
        rows = await turns.bench.database.fetch("SELECT job_id FROM outbox")
        return {row.job_id for row in rows} == waiting

    await until(only_these)
    running.cancel()
    assert not waiting & set(turns.bus.published)


async def test_a_job_cancelled_while_it_waits_keeps_no_place(turns: Turns) -> None:
    person = new_id()
    first = await turns.accept(person, WINDOW)
    cancelled = await turns.accept(person, 3)
    waiting = await turns.accept(person, WINDOW)
    for job in cancelled:
        await turns.bench.endings.cancel(job, person)
    await turns.begin(*first)
    await turns.sent()
    assert not await turns.dispatcher().release()
    assert [job for job in await turns.sent() if job in {*cancelled, *waiting}] == [*cancelled, *waiting]
    assert set(await turns.ready()) == set(waiting)


async def test_what_nobody_ever_begins_does_not_stop_its_kind(turns: Turns) -> None:
    person = new_id()
    lost = await turns.accept(person, WINDOW)
    [waiting] = await turns.accept(person)
    await turns.bench.database.fetch(
        "UPDATE jobs SET ready_at = now() - make_interval(mins => $2) WHERE id = ANY($1)", lost, statements.READY_MIN
    )
    await turns.sent()
    assert not await turns.dispatcher().release()
    assert await turns.sent() == [waiting]


@pytest.mark.parametrize("committed", [True, False])
async def test_a_held_command_whose_commit_was_unknown_stays_held(turns: Turns, committed: bool) -> None:
    person = new_id()
    first = await turns.accept(person, WINDOW)
    asked: list[None] = []
    flaky = Acceptance(
        LosesAnswers(turns.bench.database, 1, committed=committed),
        turns.bench.relay,
        on_held=lambda: asked.append(None),
        keys=turns.bench.keys,
    )
    [waiting] = await turns.accept(person, acceptance=flaky)
    assert await turns.sent() == first
    assert [row.job_id for row in await turns.held()] == [waiting]
    assert len(asked) == 1


async def test_a_place_that_gets_free_is_filled_without_waiting_for_the_clock(turns: Turns) -> None:
    bench = turns.bench
    dispatcher = Dispatcher(bench.database, bench.relay, bench.watchdog.pulse("t"), poll_interval=3600)
    bench.acceptance = Acceptance(bench.database, bench.relay, on_held=dispatcher.command_held, keys=bench.keys)
    running = asyncio.create_task(dispatcher.run())
    person = new_id()
    await turns.accept(person, WINDOW)
    await turns.accept(person, 5)
    while left := len(await turns.held()):
        await turns.begin(*await turns.ready())
        dispatcher.place_freed()

        async def fewer(left: int = left) -> bool:
            return len(await turns.held()) < left

        await until(fewer)
    running.cancel()


async def test_turns_of_persons_long_passed_are_forgotten(turns: Turns) -> None:
    many, few = new_id(), new_id()
    await turns.accept(many, WINDOW)
    await turns.accept(few)
    await turns.accept(many, 3)
    await turns.drain()
    await turns.bench.database.fetch(statements.FORGET_TURNS)
    left = await turns.bench.database.fetch("SELECT person_id, turn FROM person_turns")
    assert [(row.person_id, row.turn) for row in left] == [(many, 2)]
