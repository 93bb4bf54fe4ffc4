"""Tests jobs that were cancelled or have failed: a late message finds out, and the media are deleted."""

from __future__ import annotations

import asyncio

import pytest

from chassis.delivery import inbox, statements
from chassis.delivery.media_deletion import MediaDeleter
from chassis.delivery.outbox import to_outbox
from chassis.message.envelope import new_id
from chassis.storage.media import Gone, Media
from chassis.testing import until
from contracts.base import Event, Message, Problem
from contracts.common import JobCancelled, JobFailed
from libs.chassis.tests.integration.demo import Noted, Work, Worked
from libs.chassis.tests.integration.fixtures import Bench


def ended(outcome: str, job_id: object) -> Event:
    common = {"job_id": job_id, "kind": "demo", "finished_at": "2026-11-20T10:00:00Z"}
    if outcome == "cancelled":
        return JobCancelled.model_validate(common)
    return JobFailed.model_validate({**common, "problem": Problem(type="/problems/demo", title="No")})


@pytest.fixture
async def recorded(media: Media) -> Work:
    return Work(key="a", how="wait", recording=await media.write("recordings/a", b"sound", "audio/webm"))


async def refs(bench: Bench) -> list[str]:
    return [row.ref for row in await bench.rows("SELECT ref FROM media_deletions")]


async def test_a_job_that_ends_during_the_work_rolls_it_back(bench: Bench, recorded: Work) -> None:
    job = bench.new_id()
    claim = await bench.claim(recorded, job_id=job)
    running = asyncio.create_task(bench.slow.run(claim))
    await until(bench.runs)
    await bench.end_job(job)  # recorded; the second transaction has not come yet
    bench.deps.gate.set()
    await running
    row = await bench.row(claim)
    assert (row.outcome, row.fence, row.owner, await bench.effects()) == ("cancelled", 2, None, 0)
    assert (await refs(bench), await bench.emitted()) == (["recordings/a"], ["step.started"])


async def test_a_reaped_message_of_an_ended_job_is_not_run(bench: Bench, recorded: Work) -> None:
    job = bench.new_id()
    claim = await bench.claim(recorded, job_id=job)
    await bench.end_job(job)
    await bench.make_due(claim)
    [taken] = await bench.consumer.reap(1)
    async with asyncio.timeout(20):
        await bench.slow.run_reaped(taken)
    assert ((await bench.row(claim)).outcome, bench.deps.runs) == ("cancelled", [])
    assert (await refs(bench), await bench.emitted()) == (["recordings/a"], ["step.started"])


@pytest.mark.parametrize(
    ("outcome", "ended_at", "retry", "works"),
    [
        ("failed", 0, 0, False),
        ("failed", 0, 1, True),
        ("failed", 1, 1, False),
        ("failed", 2, 1, False),
        ("cancelled", 0, 1, False),
    ],
)
async def test_an_operators_retry_outlives_the_failure_but_never_a_cancel(
    bench: Bench, outcome: str, ended_at: int, retry: int, works: bool
) -> None:
    job = bench.new_id()
    await bench.end_job(job, outcome, ended_at)
    received = bench.received(Work(key="slow"), job_id=job, retry=retry)
    claim = await bench.slow.claim(received)
    assert (claim is not None) == works
    if claim is not None:
        await bench.slow.run(claim)
    sent = bench.send(Noted(key="fast"), job_id=job, retry=retry)
    await bench.fast_runner()
    await until(bench.all_acked)
    expected = "ok" if works else "cancelled"
    assert [(await bench.row(one)).outcome for one in (received, sent)] == [expected, expected]
    assert await bench.effects() == 2 * works


@pytest.mark.parametrize("outcome", ["cancelled", "failed"])
async def test_the_end_of_a_job_cancels_what_is_open_and_nothing_else(
    bench: Bench, recorded: Work, outcome: str
) -> None:
    job = bench.new_id()
    running = await bench.claim(recorded, job_id=job)
    work = asyncio.create_task(bench.slow.run(running))
    await until(bench.runs)
    done, waiting = [await bench.claim(Work(key=key), job_id=job) for key in "bc"]
    await bench.slow.run(done)
    async with bench.database.transaction() as tx:
        await inbox.retry(tx, waiting, 600)
    other = await bench.claim(Work(key="d"), job_id=bench.new_id())
    retried = await bench.claim(Work(key="e"), job_id=job, retry=1)
    await bench.cancel_runner()
    bench.send(ended(outcome, job), job_id=job)
    await until(bench.all_acked)
    async with asyncio.timeout(20):  # less than the handler's own time
        await work  # it is not left to the next beat
    found = [((await bench.row(claim)).outcome) for claim in (running, waiting, done, other, retried)]
    assert found == ["cancelled", "cancelled", "ok", None, "cancelled" if outcome == "cancelled" else None]
    assert [(await bench.row(claim)).fence for claim in (running, done)] == [2, 1]
    assert await refs(bench) == ["recordings/a"]
    [row] = await bench.rows("SELECT outcome, retry FROM cancelled_jobs WHERE job_id = $1", job)
    assert tuple(row) == (outcome, 0)


async def test_a_failure_that_comes_again_leaves_the_retry_at_work(bench: Bench) -> None:
    job = bench.new_id()
    await bench.end_job(job, "failed", 0)
    claim = await bench.claim(Work(key="a", how="wait"), job_id=job, retry=1)
    work = asyncio.create_task(bench.slow.run(claim))
    await until(bench.runs)
    await bench.cancel_runner()
    bench.send(ended("failed", job), job_id=job)
    await until(bench.all_acked)
    bench.deps.gate.set()
    await work
    assert ((await bench.row(claim)).outcome, await bench.effects()) == ("ok", 1)


async def test_an_older_failure_that_comes_late_does_not_hide_a_newer_one(bench: Bench) -> None:
    job = bench.new_id()
    await bench.end_job(job, "failed", 2)
    await bench.cancel_runner()
    bench.send(ended("failed", job), job_id=job, retry=1)
    await until(bench.all_acked)
    assert await bench.slow.claim(bench.received(Work(key="a"), job_id=job, retry=2)) is None


async def test_the_end_of_a_job_is_committed_before_its_rows_are_cancelled(bench: Bench, recorded: Work) -> None:
    job = bench.new_id()
    claim = await bench.claim(recorded, job_id=job)
    work = asyncio.create_task(bench.slow.run(claim))
    await until(bench.runs)
    async with bench.database.transaction() as tx:  # the first of the two waits behind somebody, the second with it
        await tx.fetch("LOCK TABLE cancelled_jobs IN EXCLUSIVE MODE")
        await bench.cancel_runner()
        bench.send(ended("cancelled", job), job_id=job)
        await until(bench.database.somebody_waits)
        assert (await bench.row(claim)).outcome is None
    await until(bench.all_acked)
    await work
    assert (await bench.row(claim)).outcome == "cancelled"


async def test_an_ending_that_the_broker_gave_up_is_heard_all_the_same(bench: Bench) -> None:
    job = bench.new_id()
    claim = await bench.claim(Work(key="a"), job_id=job)
    given_up = bench.received(ended("cancelled", job), job_id=job)
    async with bench.database.transaction() as tx:
        assert await inbox.insert_due(tx, "demo.cancel_jobs", given_up)
    await bench.cancel_runner()

    async def settled() -> bool:
        return not await bench.rows("SELECT 1 FROM inbox WHERE done_at IS NULL")

    await until(settled)
    assert (await bench.row(claim)).outcome == "cancelled"


async def test_media_of_a_fast_message_go_with_its_job(bench: Bench, media: Media) -> None:
    job = bench.new_id()
    await bench.end_job(job)
    ref = await media.write("recordings/b", b"sound", "audio/webm")
    bench.send(Noted(key="a", recording=ref), job_id=job)
    await bench.fast_runner()
    await until(bench.all_acked)
    assert (await refs(bench), bench.deps.runs) == (["recordings/b"], [])


async def test_media_are_deleted_once_and_what_is_not_there_counts_as_deleted(bench: Bench, media: Media) -> None:
    ref = await media.write("recordings/c", b"sound", "audio/webm")
    async with bench.database.transaction() as tx:
        await inbox.delete_media(tx, [ref.key, "recordings/never"], None)
        await inbox.delete_media(tx, [ref.key], None)
    eraser = MediaDeleter("demo", bench.database, media, bench.watchdog.pulse("eraser"))
    assert [await eraser.delete_due(), await eraser.delete_due()] == [2, 0]
    with pytest.raises(Gone):
        await media.read(ref)
    [[left]] = await bench.rows("SELECT count(*) FROM media_deletions WHERE deleted_at IS NULL")
    assert left == 0


async def test_a_claim_that_finds_its_job_ended_says_so_in_the_row(bench: Bench, recorded: Work) -> None:
    job = bench.new_id()
    first = await bench.claim(recorded, job_id=job)
    await bench.make_due(first)
    await bench.end_job(job)
    assert await bench.slow.claim(first.received) is None
    row = await bench.row(first)
    assert (row.outcome, row.fence, row.owner, await refs(bench)) == ("cancelled", 2, None, ["recordings/a"])
    assert not await bench.rows(statements.CANCEL_JOBS, [job])


async def test_a_row_that_cannot_be_read_is_cancelled_with_the_others(bench: Bench) -> None:
    job = new_id()
    claims = [await bench.claim(Work(key=key), job_id=job) for key in "ab"]
    await bench.rows("UPDATE inbox SET headers = headers - 'cloudEvents_time' WHERE id = $1", claims[0].id)
    await bench.cancel_runner()
    bench.send(JobCancelled.model_validate({**JobCancelled.examples()[0], "job_id": job}), job_id=job)

    async def cancelled() -> bool:
        return [(await bench.row(claim)).outcome for claim in claims] == ["cancelled"] * 2

    await until(cancelled)


@pytest.mark.parametrize("end", [JobFailed, JobCancelled])
async def test_news_of_an_end_is_not_ended_by_it(bench: Bench, end: type[Message]) -> None:
    job_id = new_id()
    await bench.end_job(job_id)
    news = bench.received(end.model_validate(end.examples()[0]), job_id=job_id)
    assert await bench.slow.claim(news) is not None
    assert await bench.slow.claim(bench.received(Work(key="a"), job_id=job_id)) is None


async def test_what_goes_on_after_its_job_names_none(bench: Bench) -> None:
    class Afterwards(Worked):
        type = "demo.afterwards"
        job_scoped = False

    cause = bench.received(Work(key="a"), job_id=new_id()).envelope
    for message, job_id in ((Worked(key="a"), cause.job_id), (Afterwards(key="a"), None)):
        assert to_outbox(message, source="test", cause=cause, handler="work", fence=1).envelope.job_id == job_id
