"""Tests recording on a real database: replicas at once, races with the ends of jobs, poison."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from chassis.bus.base import Outcome, Outgoing
from chassis.delivery import inbox
from chassis.delivery.inbox import Received
from chassis.delivery.outbox import OutboxMessage
from chassis.message.envelope import new_id
from chassis.storage.database import Database
from chassis.testing import until
from contracts.catalogue import HINT
from contracts.common import JobCancelled, JobFailed, JobLate, JobRecovered, JobSucceeded, StepFailed, StepStarted
from contracts.feedback import FeedbackGiven, GiveHint
from contracts.notify import NotificationRead
from contracts.speech import AttemptAssessed
from gateway.jobs.end_jobs import Endings
from gateway.jobs.event_log import store
from gateway.jobs.event_log.plan import plan_recording
from gateway.jobs.event_log.recorder import QUEUE
from services.gateway.tests.integration.fixtures import Bench


@asynccontextmanager
async def recording(bench: Bench, *batch: Outgoing) -> AsyncIterator[list[asyncio.Future[Outcome]]]:
    """Events come over the bus while the recorder runs; the tasks end with their acks."""
    publishing = [bench.bus.publish(outgoing) for outgoing in batch]
    running = asyncio.create_task(bench.recorder.run())
    yield publishing
    running.cancel()
    for sent in publishing:
        sent.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def consume(bench: Bench, *batch: Received) -> None:
    """Lets the events come over the bus, and the recorder run until all are acked."""
    async with recording(bench, *map(outgoing, batch)) as publishing, asyncio.timeout(20):
        await asyncio.gather(*publishing)


def outgoing(received: Received) -> Outgoing:
    return OutboxMessage(received.envelope, "events", received.body).outgoing()


async def check_stream(bench: Bench, job_id: UUID) -> list[str]:
    """Checks that seq, terminal, late and the job's row agree; returns the types of the job's rows."""
    rows = await bench.rows(job_id)
    [job] = await bench.database.fetch("SELECT * FROM jobs WHERE id = $1", job_id)
    assert [row.seq for row in rows] == list(range(1, job.last_seq + 1))
    terminals = [row for row in rows if row.terminal]
    assert [row.type for row in terminals] == ([f"job.{job.status}"] if job.finished_at else [])
    assert [row.late for row in rows] == [bool(terminals) and row.seq > terminals[0].seq for row in rows]
    return [row.type for row in rows]


async def test_a_job_from_its_first_event_to_its_end(bench: Bench) -> None:
    job_id = await bench.new_job()
    wakeups = await bench.bus.listen(store.WAKEUPS)
    await consume(bench, bench.event(job_id, StepStarted))
    assert await bench.status(job_id) == "running"
    assert (await wakeups.next())[1].decode() == f'[["{job_id}", 2]]'
    await consume(bench, *bench.steps(job_id))
    types = await check_stream(bench, job_id)
    assert types[2:] == [AttemptAssessed.type, FeedbackGiven.type, JobSucceeded.type]
    [[sent]] = await bench.database.fetch(
        "SELECT count(*) FROM outbox WHERE job_id = $1 AND key = 'job.succeeded'", job_id
    )
    assert sent == 1


async def test_two_recorders_on_the_same_events_make_one_stream(bench: Bench) -> None:
    jobs = [await bench.new_job() for _ in range(5)]
    events = [event for job_id in jobs for event in [bench.event(job_id, StepStarted), *bench.steps(job_id)]]
    events += [bench.event(None, NotificationRead) for _ in range(5)]
    batches = [random.sample(events, len(events)) + events[:3] for _ in range(4)]
    await asyncio.gather(*(bench.recorder.record(batch) for batch in batches))
    for job_id in jobs:
        assert len(await check_stream(bench, job_id)) == 5
        assert await bench.status(job_id) == "succeeded"
    for event in events[-5:]:
        [row] = await bench.rows(event.envelope.id)
        assert row.seq == 1


async def test_a_bell_rings_for_jobs_whose_events_were_all_there(bench: Bench) -> None:
    job_id = await bench.new_job()
    event = bench.event(job_id, StepStarted)
    await bench.recorder.record([event])
    plan = await bench.recorder.record([event])
    assert (plan.rows, plan.wakeups) == ([], [(job_id, 2)])


async def test_the_same_message_off_another_attempt_to_publish_is_recorded_once(bench: Bench) -> None:
    job_id = await bench.new_job()
    steps = bench.steps(job_id)
    await consume(bench, *steps)
    await consume(bench, *steps)
    assert len(await check_stream(bench, job_id)) == 4


async def test_cancel_and_success_at_once_have_one_winner_and_everybody_knows_who(bench: Bench) -> None:
    jobs = [await bench.new_job() for _ in range(12)]
    said = await asyncio.gather(
        *(bench.endings.cancel(job_id, bench.person) for job_id in jobs),
        *(bench.recorder.record(bench.steps(job_id)) for job_id in jobs),
    )
    for job_id, answer in zip(jobs, said, strict=False):
        types = await check_stream(bench, job_id)
        assert await bench.status(job_id) == ("cancelled" if answer == "cancelled" else "succeeded")
        assert {AttemptAssessed.type, FeedbackGiven.type} < set(types)


async def test_cancel_reads_the_status_only_once_it_holds_the_lock(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with bench.database.transaction() as tx:
        jobs = await store.lock_jobs(tx, [job_id])
        cancelling = asyncio.create_task(bench.endings.cancel(job_id, bench.person))
        await until(lambda: waiting_for_a_lock(bench.database))
        contents = await store.read_contents(tx, [job_id])
        await store.write(tx, plan_recording(jobs, contents, bench.steps(job_id)))
    assert await cancelling == "conflict"
    assert (await check_stream(bench, job_id))[-1] == JobSucceeded.type


async def test_recording_reads_the_status_only_once_it_holds_the_lock(bench: Bench) -> None:
    job_id = await bench.new_job()
    async with bench.database.transaction() as tx:
        await store.lock_jobs(tx, [job_id])
        recording = asyncio.create_task(bench.recorder.record(bench.steps(job_id)))
        await until(lambda: waiting_for_a_lock(bench.database))
        received = bench.event(job_id, StepStarted)
        jobs = await store.lock_jobs(tx, [job_id])
        await store.write(tx, plan_recording(jobs, await store.read_contents(tx, [job_id]), [received]))
    await recording
    assert await check_stream(bench, job_id) == [
        "attempt.assess",
        StepStarted.type,
        AttemptAssessed.type,
        FeedbackGiven.type,
        JobSucceeded.type,
    ]


async def waiting_for_a_lock(database: Database) -> bool:
    [[count]] = await database.fetch("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return bool(count)


async def test_cancelling_is_for_the_owner_and_says_what_it_found(bench: Bench) -> None:
    job_id = await bench.new_job()
    assert await bench.endings.cancel(job_id, new_id()) is None
    assert await bench.endings.cancel(new_id(), bench.person) is None
    assert await bench.endings.cancel(job_id, bench.person) == "cancelled"
    assert await bench.endings.cancel(job_id, bench.person) == "already"
    assert (await check_stream(bench, job_id))[-1] == JobCancelled.type


async def test_a_passed_deadline_fails_the_job_once_and_success_after_it_is_recovery(bench: Bench) -> None:
    jobs = [await bench.new_job() for _ in range(3)]
    await bench.database.fetch("UPDATE jobs SET deadline = now() WHERE id = ANY($1::uuid[])", jobs)
    other = Endings(bench.database, bench.new_relay(), bench.bus)
    await asyncio.gather(*(endings.end_overdue() for endings in (bench.endings, other) * 2))
    for job_id in jobs:
        assert (await check_stream(bench, job_id))[-1] == JobFailed.type
    await bench.recorder.record(bench.steps(jobs[0]))
    assert (await check_stream(bench, jobs[0]))[-1] == JobRecovered.type
    assert await bench.status(jobs[0]) == "failed"


async def test_of_a_hint_that_is_late_it_is_said_once_before_its_deadline_fails_it(bench: Bench) -> None:
    job_id = new_id()
    command = GiveHint.model_validate(GiveHint.examples()[0])
    await bench.acceptance.accept(HINT, command, job_id=job_id, person_id=bench.person, idempotency=None)
    soon = "SELECT deadline - now() < interval '11 seconds' AS soon FROM jobs WHERE id = $1"
    assert [row.soon for row in await bench.database.fetch(soon, job_id)] == [True]
    await bench.endings.end_overdue()  # what other tests have left
    for said in (JobLate, JobFailed):
        await bench.database.fetch("UPDATE jobs SET deadline = now() WHERE id = $1", job_id)
        assert await bench.endings.end_overdue() == 1
        assert await bench.endings.end_overdue() == 0
        row = (await bench.rows(job_id))[-1]
        assert row.type == said.type
        if said is JobLate:
            about = {"lesson_id": str(command.lesson_id), "exercise_id": command.exercise_id, "level": command.level}
            assert json.loads(row.body)["shown"] == about


async def test_the_deadline_scan_waits_for_nobody(bench: Bench) -> None:
    jobs = sorted([await bench.new_job() for _ in range(3)])
    await bench.endings.end_overdue()  # what other tests have left
    await bench.database.fetch("UPDATE jobs SET deadline = now() WHERE id = ANY($1::uuid[])", jobs)
    async with bench.database.transaction() as tx, asyncio.timeout(10):
        await store.lock_jobs(tx, jobs[:1])
        assert await bench.endings.end_overdue() == 2
    assert [await bench.status(job_id) for job_id in jobs] == ["accepted", "failed", "failed"]
    assert await bench.endings.end_overdue() == 1


async def test_poison_is_rejected_and_takes_nobody_along(bench: Bench) -> None:
    job_id = await bench.new_job()
    good = bench.steps(job_id)
    half = bench.event(job_id, StepStarted)
    poison = Received(dataclasses.replace(half.envelope, traceparent="00-\ud800"), half.body)  # half a character
    whole = outgoing(bench.event(job_id, StepStarted))
    strange = dataclasses.replace(whole, headers={**whole.headers, "cloudEvents_traceparent": "00-\0"})
    async with recording(bench, outgoing(good[0]), strange, outgoing(poison), outgoing(good[1])), asyncio.timeout(20):
        dead = await bench.bus.subscribe("gateway.dead", 10)
        found = [*await dead.next(), *await dead.next()]
        await until(lambda: bench.ended(job_id))
    assert len(await check_stream(bench, job_id)) == 4
    assert [(delivery.death, delivery.first_queue) for delivery in found] == [("rejected", QUEUE.name)] * 2


async def test_what_the_broker_gave_up_is_recorded_from_its_inbox_row(bench: Bench) -> None:
    job_id = await bench.new_job()
    given_up = bench.event(job_id, StepFailed)
    async with bench.database.transaction() as tx:
        await inbox.insert_due(tx, QUEUE.name, given_up)

    async def settled() -> bool:
        [row] = await bench.database.fetch("SELECT outcome FROM inbox WHERE id = $1", given_up.envelope.id)
        return bool(row.outcome == "ok")

    async with recording(bench):
        await until(settled)
    assert (await check_stream(bench, job_id))[1] == StepFailed.type
