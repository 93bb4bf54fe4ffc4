"""Lists the faults of the product's own processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic
from uuid import UUID

import asyncpg

from chassis.delivery.statements import LEASE_S
from chassis.testing import until
from contracts.feedback import FeedbackGiven
from contracts.gateway import AssessAttempt
from contracts.speech import AttemptAssessed
from speech.handlers import assess_attempt
from tests.faults.chaos_env import FOLLOW_TIMEOUT_S, PROCESSES, ChaosEnv, Fault
from tests.faults.database_faults import follow
from tests.faults.fake_engine import HANGS, LASTS, SEGFAULTS
from tests.faults.fake_speech import WAITS
from tests.faults.kill_faults import revive
from tests.faults.load import TEXT
from tests.faults.processes import children

STEP = "speech.assess_attempt"
MOST_TRIES = assess_attempt.retry.attempts
_TIMEOUT_S = 2
_OFF_S = 600.0


async def never_return(env: ChaosEnv, seconds: float) -> None:
    """Makes two handlers hang, one in the process and one in its child: each try ends at its timeout."""
    async with another(env, "speech", test_stand_in_timeout=str(_TIMEOUT_S)):
        began = monotonic()
        jobs = [await env.clients[0].submit(env.recording, text, ends="failed") for text in (WAITS, HANGS)]
        env.dead[STEP] += len(jobs)
        await _fail(env, jobs)
        assert monotonic() - began >= MOST_TRIES * _TIMEOUT_S
        await asyncio.sleep(seconds - (monotonic() - began))
    for row in await _rows(env, jobs):
        assert (row["tries"], row["outcome"]) == (MOST_TRIES, "dead"), row
        assert "TimeoutError" in row["problem"], row


async def segfault(env: ChaosEnv, seconds: float) -> None:
    """Makes a child process with an engine segfault: for one recording always, for others once."""
    client = env.clients[0]
    always = await client.submit(env.recording, SEGFAULTS, ends="failed")
    env.dead[STEP] += 1
    failing = asyncio.create_task(_fail(env, [always]))
    end = monotonic() + seconds
    try:
        while True:
            job = await client.submit(env.recording, f"{LASTS} 2")
            await _at_work(env, job)
            for child in children(env.processes["speech"]):
                os.kill(child, signal.SIGSEGV)
            await follow(client, [job])
            [row] = await _rows(env, [job])
            assert (row["tries"], row["fence"], row["outcome"]) == (2, 2, "ok"), row  # the second try has won
            if monotonic() > end:
                break
        await failing
    finally:
        failing.cancel()
        await asyncio.gather(failing, return_exceptions=True)
    [row] = await _rows(env, [always])
    assert (row["tries"], row["outcome"]) == (MOST_TRIES, "dead"), row
    assert "WorkerCrashed" in row["problem"], row


async def clock_off(env: ChaosEnv, seconds: float, *, by: float) -> None:
    """Sets the clock of one process after another wrong by ten minutes; the others keep theirs."""
    says = {"gateway": AssessAttempt.type, "speech": AttemptAssessed.type, "feedback": FeedbackGiven.type}
    for name, kind in says.items():
        async with another(env, name, through=("tests.faults.clock_skew", str(by))):
            job = await env.clients[0].submit(env.recording, f"{LASTS} 2")
            await _at_work(env, job)
            [[lease]] = await env.system.fetch(
                "SELECT extract(epoch FROM due_at - now()) FROM speech.inbox WHERE job_id = $1", job
            )
            assert lease <= LEASE_S, lease  # by the database's clock, whatever the owner's says
            await asyncio.sleep(seconds / len(says))
            await follow(env.clients[0], [job])
        [[off]] = await env.system.fetch(
            "SELECT extract(epoch FROM time - finished_at) FROM gateway.log JOIN gateway.jobs ON id = stream_id"
            " WHERE stream_id = $1 AND type = $2",
            job,
            kind,
        )
        assert abs(float(off) - by) < abs(by) / 2, (name, off)


async def killed_before_202(env: ChaosEnv, seconds: float) -> None:
    """Kills the gateway between a job's commit and its answer; clients repeat the request with their key."""
    end = monotonic() + seconds
    while True:
        await env.processes["gateway"].stop()
        victim = await env.serve("gateway", crash_at="gateway.accept:committed")
        try:
            await victim.killed()
            unheard = set((await env.system.books()).attempts()) - env.observed().jobs.keys()
            assert unheard, "nobody is left without an answer"
        finally:
            await env.kill("gateway")
            await revive("gateway", env)

        async def all_heard(unheard: set[UUID] = unheard) -> bool:
            return unheard <= env.observed().jobs.keys()  # what was accepted first has won

        await until(all_heard, within=FOLLOW_TIMEOUT_S, what="an answer that names the job of before")
        if monotonic() > end:
            return


async def cancel_at_every_step(env: ChaosEnv, seconds: float) -> None:
    """Cancels jobs just when one step ends and the next begins; sometimes the cancel wins, sometimes the job."""
    client = env.clients[0]

    async def race(after: int, text: str) -> bool:
        job = await client.submit(env.recording, text)
        await client.follow(job, stop_after=lambda event: event.seq == after)
        cancelled = await client.cancel(job)
        await follow(client, [job])
        return cancelled

    won: list[bool] = []
    end = monotonic() + seconds
    while True:
        races = [race(after, TEXT) for after in (1, 2, 3, 4, 5, 6)]
        won += await asyncio.gather(*races, race(2, f"{LASTS} 2"))
        if monotonic() > end:
            break
    assert {True, False} <= set(won), won
    assert won[6], "what takes two seconds is cancelled when it has just begun"


async def restart_each(env: ChaosEnv, seconds: float) -> None:
    """Sends SIGTERM to every process in turn: running work ends, other work goes to the next process, unnoticed."""
    end = monotonic() + seconds
    while True:
        for name in PROCESSES:
            job = await env.clients[0].submit(env.recording, f"{LASTS} 2")
            if name == "speech":
                await _at_work(env, job)
            await env.processes[name].stop()
            if name == "speech":
                [row] = await _rows(env, [job])
                assert (row["tries"], row["fence"], row["outcome"]) == (1, 1, "ok"), row  # it was let end
            await env.serve(name)
            await follow(env.clients[0], [job])
        if monotonic() > end:
            return


@asynccontextmanager
async def another(env: ChaosEnv, name: str, *, through: tuple[str, ...] = (), **settings: str) -> AsyncIterator[None]:
    """Drains a process, and runs another one in its place for as long as the block runs."""
    await env.processes[name].stop()
    try:
        await env.serve(name, through=through, **settings)
        yield
        await env.processes[name].stop()
    finally:
        await env.kill(name)
        await revive(name, env)


async def _at_work(env: ChaosEnv, job: UUID) -> None:
    async def claimed() -> bool:
        return any(row["owner"] is not None and row["done_at"] is None for row in await _rows(env, [job]))

    await until(claimed, within=FOLLOW_TIMEOUT_S, what="work under way")


async def _fail(env: ChaosEnv, jobs: list[UUID]) -> None:
    """Follows each job to its end; no try waits for its time."""
    following = asyncio.create_task(follow(env.clients[0], jobs))
    try:
        while not following.done():
            waiting = ", ".join(f"'{job}'" for job in jobs)
            await env.system.execute(
                "UPDATE speech.inbox SET due_at = now()"
                f" WHERE job_id IN ({waiting}) AND done_at IS NULL AND owner IS NULL AND due_at > now()"
            )
            await asyncio.wait([following], timeout=0.3)
        await following
    finally:
        following.cancel()


async def _rows(env: ChaosEnv, jobs: list[UUID]) -> Sequence[asyncpg.Record]:
    return await env.system.fetch("SELECT * FROM speech.inbox WHERE job_id = ANY($1) AND consumer = $2", jobs, STEP)


PROCESS_FAULTS = (
    Fault("handlers that never return", never_return, 20),
    Fault("an engine's process segfaults", segfault, 10),
    Fault("a process's clock ten minutes ahead", partial(clock_off, by=_OFF_S), 12),
    Fault("a process's clock ten minutes behind", partial(clock_off, by=-_OFF_S), 12),
    Fault("gateway killed before its 202", killed_before_202, 10),
    Fault("cancel races every step", cancel_at_every_step, 20, 2, upon="messages"),
    Fault("SIGTERM of every process in turn", restart_each, 30),
)
