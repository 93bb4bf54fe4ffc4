"""Lists what the bus may do to messages: it promises neither their order nor their time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from chassis.testing import until
from contracts.common import JobCancelled, JobFailed, JobRecovered
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from tests.faults.chaos_env import FOLLOW_TIMEOUT_S, ChaosEnv, Fault
from tests.faults.database_faults import follow
from tests.faults.fake_engine import LASTS
from tests.faults.load import TEXT
from tests.faults.queue_interceptor import intercepting


async def late_and_in_another_order(env: ChaosEnv, seconds: float) -> None:
    """Holds events back from the recorder, then delivers all twice and backwards, some after their job's end."""
    steps = [AttemptAssessed.type, FeedbackGiven.type]

    async def cancel(job: UUID) -> None:
        assert await env.clients[0].cancel(job)

    async def let_hours_pass(job: UUID) -> None:
        env.clients[0].observed.jobs[job] = "failed"
        await env.system.execute(f"UPDATE gateway.jobs SET deadline = now() - interval '5 hours' WHERE id = '{job}'")

    cancelled = await _held_back(env, seconds / 2, cancel)
    await _all_logged(env, cancelled, [AssessAttempt.type, JobCancelled.type, *steps])
    overdue = await _held_back(env, seconds / 2, let_hours_pass)
    await _all_logged(env, overdue, [AssessAttempt.type, JobFailed.type, *steps, JobRecovered.type])
    [[turned_about]] = await env.system.fetch(
        "SELECT count(*) FROM gateway.log a JOIN gateway.log f USING (stream_id)"
        " WHERE a.type = $1 AND f.type = $2 AND f.seq < a.seq AND stream_id = ANY($3)",
        AttemptAssessed.type,
        FeedbackGiven.type,
        [cancelled, overdue],
    )
    assert turned_about == 2


async def late_for_a_step(env: ChaosEnv, seconds: float) -> None:
    """Delays news: feedback gets an assessment after its job's cancellation, speech the end after its work."""
    client = env.clients[0]
    async with intercepting(env.system.bus_url, "feedback.give_feedback") as feedback:
        early = await client.submit(env.recording, TEXT)
        await feedback.holds(early, AttemptAssessed.type)
        assert await client.cancel(early)
        await _outcome(env, "feedback.cancelled_jobs WHERE job_id = $1", early)
        await asyncio.sleep(seconds / 2)
        await feedback.let_go()
    await _outcome(env, "feedback.inbox WHERE job_id = $1 AND outcome = 'cancelled'", early)
    async with intercepting(env.system.bus_url, "speech.cancel_jobs") as ends:
        worked = await client.submit(env.recording, f"{LASTS} 4")
        await _outcome(env, "speech.inbox WHERE job_id = $1 AND owner IS NOT NULL", worked)
        assert await client.cancel(worked)
        await ends.holds(worked, JobCancelled.type)
        await _outcome(env, "speech.inbox WHERE job_id = $1 AND outcome = 'ok'", worked)
        await asyncio.sleep(seconds / 2)
        await ends.let_go()
    await follow(client, [early, worked])
    [[given]] = await env.system.fetch(
        "SELECT count(*) FROM feedback.feedback WHERE attempt_id = ANY($1)", [early, worked]
    )
    assert given == 0


async def _held_back(env: ChaosEnv, seconds: float, end: Callable[[UUID], Awaitable[None]]) -> UUID:
    """Returns a job that ends while the events of its steps are held back from the recorder."""
    client = env.clients[0]
    async with intercepting(env.system.bus_url, "gateway.record", at_once=False) as record:
        job = await client.submit(env.recording, f"{LASTS} 4")
        await _outcome(env, "speech.inbox WHERE job_id = $1 AND owner IS NOT NULL", job)
        await record.take()  # not before: while nothing is recorded no more jobs get to work
        for step in (AttemptAssessed, FeedbackGiven):
            await record.holds(job, step.type)
        await end(job)
        await follow(client, [job])
        await asyncio.sleep(seconds)
        await record.let_go(lambda envelope: envelope.job_id == job)
    return job


async def _all_logged(env: ChaosEnv, job: UUID, kinds: Sequence[str]) -> None:
    """Checks that all events are logged, the first two first, and that those after the end are marked as late."""

    async def logged() -> bool:
        rows = await env.system.fetch(
            "SELECT type, terminal, late FROM gateway.log WHERE stream_id = $1 ORDER BY seq", job
        )
        types = [row["type"] for row in rows if row["type"] != "step.started"]
        late = [row["late"] for row in rows]
        return types[:2] == kinds[:2] and sorted(types) == sorted(kinds) and late == sorted(late) and sum(late) >= 2

    await until(logged, within=FOLLOW_TIMEOUT_S, what=f"{kinds} of {job}")


async def _outcome(env: ChaosEnv, rows: str, job: UUID) -> None:
    async def there() -> bool:
        return bool(await env.system.fetch(f"SELECT FROM {rows}", job))

    await until(there, within=FOLLOW_TIMEOUT_S, what=rows)


MESSAGE_FAULTS = (
    Fault("events held back, repeated and in another order", late_and_in_another_order, 10, 1),
    Fault("a step hears late of what has ended its job", late_for_a_step, 6),
)
