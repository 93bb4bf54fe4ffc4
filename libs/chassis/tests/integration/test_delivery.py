"""Tests the SEMANTICS of delivery on a real Postgres: what a service does with each kind of message."""

from __future__ import annotations

import dataclasses

import pytest

from chassis.message.envelope import new_id
from chassis.storage.media import Media
from chassis.testing import Harness, until
from contracts.base import Problem
from contracts.common import JobCancelled, JobFailed, StepFailed, StepStarted
from libs.chassis.tests.integration.demo import DemoDeps, Noted, Work, Worked


async def effects(harness: Harness, key: str) -> int:
    [[count]] = await harness.rows("demo", "SELECT count(*) FROM effects_done WHERE key = $1", key)
    return int(count)


async def test_a_slow_message_works_once_and_says_so(harness: Harness) -> None:
    outbox_message = await harness.publish(Work(key="a"), job_id=new_id())
    await harness.until_emitted(Worked)
    await harness.until_settled("demo")
    assert await effects(harness, "a") == 1
    [started], [worked] = harness.emitted(StepStarted), harness.emitted(Worked)
    assert (started.causation, worked.causation, worked.correlation) == (outbox_message.envelope.id,) * 3
    assert worked.job_id == outbox_message.envelope.job_id
    [row] = await harness.inbox("demo.work")
    assert (row.outcome, row.tries, row.fence) == ("ok", 1, 1)


async def test_a_handler_that_opens_no_unit_is_finished_all_the_same(harness: Harness) -> None:
    await harness.publish(Work(key="a", how="no unit"))
    await harness.until_settled("demo")
    await until(lambda: harness.inbox("demo.work"))
    await harness.until_settled("demo")
    assert [row.outcome for row in await harness.inbox("demo.work")] == ["ok"]


async def test_duplicates_are_absorbed(harness: Harness) -> None:
    outbox_message = await harness.publish(Work(key="a"))
    await harness.until_emitted(Worked)
    await harness.send(outbox_message)
    await harness.publish(Work(key="b"))
    await harness.until_emitted(Worked, 2)
    await harness.until_settled("demo")
    assert await effects(harness, "a") == 1


async def test_a_retryable_error_is_tried_again_and_spends_a_try(harness: Harness) -> None:
    await harness.publish(Work(key="a", how="retry once"))
    await harness.until_emitted(Worked)
    [row] = await harness.inbox("demo.work")
    assert (row.tries, row.fence, await effects(harness, "a")) == (2, 2, 1)


async def test_an_error_after_the_rows_rolls_them_back(harness: Harness) -> None:
    await harness.publish(Work(key="a", how="raise in unit"))
    await harness.until_emitted(Worked)
    assert await effects(harness, "a") == 1
    assert [row.tries for row in await harness.inbox("demo.work")] == [2]


async def test_a_dependency_that_is_down_spends_no_try(harness: Harness) -> None:
    await harness.publish(Work(key="a", how="down once"))
    await harness.until_emitted(Worked)
    [row] = await harness.inbox("demo.work")
    assert (row.tries, row.fence) == (1, 2)


@pytest.mark.parametrize(("how", "tries"), [("permanent", 1), ("always raises", 3)])
async def test_what_cannot_work_is_dead_and_its_media_deleted(
    harness: Harness, media: Media, how: str, tries: int
) -> None:
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    await harness.publish(Work(key="a", how=how, recording=ref), job_id=new_id())
    await harness.publish(Work(key="b"))
    await harness.until_emitted(StepFailed)
    await harness.until_emitted(Worked)
    [dead] = await harness.dead("demo.work")
    assert dead.tries == tries
    assert b'"key":"a"' in dead.body

    async def gone() -> bool:
        rows = await harness.rows("demo", "SELECT ref FROM media_deletions WHERE deleted_at IS NOT NULL")
        return [row.ref for row in rows] == ["recordings/a"]

    await until(gone)
    assert await effects(harness, "a") == 0


async def test_a_message_of_another_shape_is_dead_at_once(harness: Harness) -> None:
    class Other(Work):
        key: int  # type: ignore[assignment]

    await harness.publish(Other(key=1))
    await harness.until_emitted(StepFailed)
    [dead] = await harness.dead("demo.work")
    assert (dead.problem["type"], dead.problem["detail"]) == ("/problems/wrong-schema", "key: string_type")


async def test_a_recording_that_is_gone_is_no_error_but_ends_the_step(harness: Harness, media: Media) -> None:
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    await media.delete([ref.key])
    await harness.publish(Work(key="a", how="read", recording=ref))
    await harness.until_emitted(StepFailed)
    assert [row.outcome for row in await harness.inbox("demo.work")] == ["gone"]


async def test_a_cancelled_job_ends_its_running_work_and_its_media(
    harness: Harness, deps: DemoDeps, media: Media
) -> None:
    job = new_id()
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    await harness.publish(Work(key="a", how="wait", recording=ref), job_id=job)
    await harness.until_emitted(StepStarted)
    ended = JobCancelled(job_id=job, kind="demo", finished_at="2026-11-20T10:00:00Z")
    await harness.publish(ended, job_id=job)
    await harness.until_settled("demo")
    deps.gate.set()
    await harness.publish(Work(key="b"))
    await harness.until_emitted(Worked)
    [first, _] = await harness.inbox("demo.work")
    assert (first.outcome, first.fence) == ("cancelled", 2)
    assert await effects(harness, "a") == 0

    async def gone() -> bool:
        [row] = await harness.rows("demo", "SELECT deleted_at FROM media_deletions")
        return row.deleted_at is not None

    await until(gone)


@pytest.mark.parametrize("how_it_ended", ["cancelled", "failed"])
async def test_a_command_that_comes_after_its_job_has_ended_is_cancelled(
    harness: Harness, media: Media, how_it_ended: str
) -> None:
    job = new_id()
    common = {"job_id": job, "kind": "demo", "finished_at": "2026-11-20T10:00:00Z"}
    if how_it_ended == "cancelled":
        await harness.publish(JobCancelled.model_validate(common), job_id=job)
    else:
        problem = Problem(type="/problems/deadline-passed", title="Too late")
        await harness.publish(JobFailed.model_validate({**common, "problem": problem}), job_id=job)
    await until(lambda: harness.rows("demo", "SELECT * FROM cancelled_jobs"))
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    await harness.publish(Work(key="a", recording=ref), job_id=job)
    await until(lambda: harness.rows("demo", "SELECT * FROM media_deletions WHERE deleted_at IS NOT NULL"))
    assert [row.outcome for row in await harness.inbox("demo.work")] == ["cancelled"]
    assert harness.emitted(Worked) == []


async def test_fast_messages_come_in_batches_and_each_works_once(harness: Harness, deps: DemoDeps) -> None:
    outbox_messages = [await harness.publish(Noted(key=f"n{number}")) for number in range(25)]
    await harness.send(outbox_messages[0])
    await harness.until_emitted(Worked, 25)
    await harness.until_settled("demo")
    [[count]] = await harness.rows("demo", "SELECT count(*) FROM effects_done")
    assert count == 25
    assert max(deps.batches) > 1
    causes = {envelope.causation for envelope in harness.emitted(Worked)}
    assert causes == {s.envelope.id for s in outbox_messages}


async def test_one_bad_fast_message_takes_no_innocent_along(harness: Harness) -> None:
    await harness.publish(Noted(key="bad", how="always raises"))
    await harness.publish(Noted(key="worse", how="permanent"))
    for number in range(20):
        await harness.publish(Noted(key=f"n{number}"))
    await harness.until_emitted(Worked, 20)
    await harness.until_emitted(StepFailed, 2)
    await harness.until_settled("demo")
    tries = {row.tries for row in await harness.dead("demo.note")}
    assert tries == {1, 3}
    [[count]] = await harness.rows("demo", "SELECT count(*) FROM effects_done")
    assert count == 20


async def test_a_fast_message_that_fails_once_is_tried_again(harness: Harness) -> None:
    await harness.publish(Noted(key="a", how="retry once"))
    await harness.until_emitted(Worked)
    await harness.until_settled("demo")
    [row] = await harness.inbox("demo.note")
    assert (row.outcome, row.tries, await effects(harness, "a")) == ("ok", 2, 1)


async def test_undecodable_bytes_end_as_a_dead_letter(harness: Harness) -> None:
    outbox_message = await harness.publish(Work(key="a"))
    outgoing = outbox_message.outgoing()
    stray = type(outgoing)(outgoing.exchange, outgoing.key, new_id(), {}, b"\xff\x00 not a message")
    sending = harness.bus.publish(stray)
    await until(lambda: harness.dead("demo.work"))
    await harness.until_settled("demo")
    [dead] = await harness.dead("demo.work")
    assert dead.body == b"\xff\x00 not a message"
    await sending


async def test_a_message_older_than_the_horizon_is_dead_too_old(harness: Harness) -> None:
    outbox_message = await harness.publish(Work(key="now"))
    old = type(outbox_message.envelope.id)("01800000-0000-7000-8000-000000000001")
    envelope = dataclasses.replace(outbox_message.envelope, id=old)
    await harness.send(dataclasses.replace(outbox_message, envelope=envelope))
    await until(lambda: harness.dead("demo.work"))
    [dead] = await harness.dead("demo.work")
    assert dead.problem["type"] == "/problems/too-old"
