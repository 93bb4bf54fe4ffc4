"""Tests what may be done to a dead letter: by the functions that each service publishes for the gateway."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.delivery import inbox, statements
from chassis.delivery.inbox import Claim
from chassis.message.envelope import Envelope, new_id
from chassis.storage.media import Media
from chassis.storage.partitions import first_id, may_drop_inbox
from libs.chassis.tests.integration.demo import Noted, Work
from libs.chassis.tests.integration.fixtures import Bench


async def dead(bench: Bench, message: Work, **of: Any) -> Claim:
    """Lets a message fail until it is dead."""
    claim = await bench.claim(message, **of)
    await bench.slow.run(claim)
    while not await bench.rows("SELECT FROM inbox WHERE id = $1 AND done_at IS NOT NULL", claim.id):
        await bench.make_due(claim)
        for taken in await bench.consumer.reap(1):
            await bench.slow.run_reaped(taken)
    assert (await bench.row(claim)).outcome == "dead"
    return claim


async def call(bench: Bench, act: str, claim: Claim, *more: object) -> tuple[str, str | None, int | None]:
    values = ", $3, $4::jsonb, $5" if more else ""
    statement = f"SELECT * FROM api.demo_{act}_letter_v1($1, $2{values})"
    [row] = await bench.rows(statement, claim.consumer, claim.id, *more)
    return row.result, row.state, row.number


async def edit(bench: Bench, claim: Claim, body: bytes, seen: bytes) -> tuple[str, str | None, int | None]:
    headers = json.dumps(claim.received.envelope.headers())
    return await call(bench, "edit", claim, hashlib.sha256(seen).digest(), headers, body)


async def reap_and_run(bench: Bench) -> None:
    for taken in await bench.consumer.reap(1):
        await bench.slow.run_reaped(taken)


async def test_a_failed_try_leaves_its_number_its_time_and_its_place(bench: Bench) -> None:
    claim = await dead(bench, Work(key="a", how="always raises"))
    row = await bench.row(claim)
    assert [each["try"] for each in row.failures] == [1, 2, 3]
    assert all(each["error"].startswith("builtins.ValueError at __init__.py:") for each in row.failures)
    assert not any("a defect" in each["error"] for each in row.failures)
    [shown] = await bench.rows("SELECT * FROM api.demo_dead_letters_v1 WHERE id = $1", claim.id)
    assert (shown.consumer, shown.tries, shown.expired, shown.failures) == ("demo.work", 3, False, row.failures)
    assert datetime.fromisoformat(row.failures[-1]["at"]) <= shown.died_at


async def test_a_message_that_failed_alone_in_a_batch_leaves_them_too(bench: Bench) -> None:
    received = bench.received(Noted(key="a"))
    async with bench.database.transaction() as tx:
        await inbox.upsert_retry(tx, "demo.note", received, 0, 1, "builtins.KeyError at a.py:1 f")
        await inbox.upsert_retry(tx, "demo.note", received, 0, 0, None)
        await inbox.upsert_retry(tx, "demo.note", received, 0, 1, "builtins.KeyError at a.py:2 f")
    failures = (await bench.row(received)).failures
    assert [(each["try"], each["error"][-3:]) for each in failures] == [(1, "1 f"), (2, "2 f")]


async def test_an_edited_letter_that_is_retried_succeeds_although_its_job_has_failed(bench: Bench) -> None:
    job = bench.new_id()
    claim = await dead(bench, Work(key="a", how="permanent"), job_id=job)
    await bench.end_job(job, "failed")
    mended = Work(key="a").model_dump_json().encode()
    assert (await edit(bench, claim, mended, b"not what lies there"))[0] == "changed"
    assert await edit(bench, claim, mended, claim.received.body) == ("done", "dead", None)
    assert (await call(bench, "retry", claim)) == ("done", "waiting", 1)
    assert (await call(bench, "retry", claim)) == ("unchanged", "waiting", None)
    await reap_and_run(bench)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, row.problem, await bench.effects()) == ("ok", 1, None, 1)
    assert row.original["headers"]["cloudEvents_id"] == str(claim.id)
    assert (await call(bench, "retry", claim)) == ("unchanged", "ok", None)
    [caused] = await bench.rows("SELECT headers FROM outbox WHERE key = 'demo.worked'")
    assert Envelope.parse(caused.headers).retry == 1


async def test_each_retry_has_the_next_number_and_beats_the_failure_before_it(bench: Bench) -> None:
    job = bench.new_id()
    claim = await dead(bench, Work(key="a", how="permanent"), job_id=job)
    await bench.end_job(job, "failed", retry=4)
    assert (await call(bench, "retry", claim))[2] == 5
    await reap_and_run(bench)
    assert (await bench.row(claim)).outcome == "dead"
    assert (await call(bench, "retry", claim))[2] == 6
    assert [each["try"] for each in (await bench.row(claim)).failures] == [1, 1]


@pytest.mark.parametrize(
    ("why", "statement"),
    [
        ("job-cancelled", "INSERT INTO cancelled_jobs (job_id, outcome) SELECT job_id, 'cancelled' FROM inbox"),
        ("erased", "UPDATE inbox SET body = NULL"),
        ("not-a-message", """UPDATE inbox SET headers = headers || '{"cloudEvents_type": "undecodable"}'"""),
    ],
)
async def test_what_no_retry_can_mend_stays_dead_and_says_why(bench: Bench, why: str, statement: str) -> None:
    claim = await dead(bench, Work(key="a", how="permanent"), job_id=bench.new_id())
    await bench.rows(statement)
    assert await call(bench, "retry", claim) == (why, "dead", None)
    assert (await bench.row(claim)).outcome == "dead"


async def test_a_letter_beyond_the_horizon_is_read_and_dropped_alone(bench: Bench) -> None:
    old = first_id(datetime.now(UTC) - timedelta(days=15))
    await bench.rows(
        "INSERT INTO inbox (consumer, id, body, headers, fence, tries, due_at, done_at, outcome)"
        " VALUES ('demo.work', $1, '', '{}', 1, 1, now(), now(), 'dead')",
        old,
    )
    claim = Claim("demo.work", bench.received(Work(key="a")), 1, 1, new_id())
    object.__setattr__(claim.received.envelope, "id", old)
    assert await call(bench, "retry", claim) == ("too-old", "dead", None)
    async with bench.database.transaction() as tx:
        await may_drop_inbox(tx, "inbox_default")
        await tx.fetch("DELETE FROM inbox WHERE id = $1", old)
    [kept] = await bench.rows("SELECT expired FROM api.demo_dead_letters_v1 WHERE id = $1", old)
    assert kept.expired
    assert (await call(bench, "retry", claim))[0] == "too-old"
    assert [(await call(bench, "drop", claim))[0] for _ in "12"] == ["done", "not-found"]


async def test_a_letter_whose_recording_is_deleted_says_so(bench: Bench, media: Media) -> None:
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    claim = await dead(bench, Work(key="a", how="permanent", recording=ref), job_id=bench.new_id())
    assert await call(bench, "retry", claim) == ("recording-gone", "dead", None)


async def test_a_dropped_letter_is_no_letter_any_more_and_keeps_the_message_from_coming_again(bench: Bench) -> None:
    claim = await dead(bench, Work(key="a", how="permanent"))
    assert await call(bench, "drop", claim) == ("done", "dropped", None)
    assert await call(bench, "drop", claim) == ("unchanged", "dropped", None)
    assert await call(bench, "retry", claim) == ("unchanged", "dropped", None)
    assert await bench.rows("SELECT FROM api.demo_dead_letters_v1") == []
    row = await bench.row(claim)
    assert (row.outcome, row.body) == ("dropped", None)
    assert await bench.slow.claim(claim.received) is None


async def test_nobody_but_the_gateway_may_call_them(bench: Bench) -> None:
    rights = """
    SELECT p.proname AS name, has_function_privilege('voxbus_gateway', p.oid, 'EXECUTE') AS gateway,
           has_function_privilege('public', p.oid, 'EXECUTE') AS everybody
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'api'
    """
    found = {row.name: (row.gateway, row.everybody) for row in await bench.rows(rights)}
    assert {name for name in found if name.startswith("demo_")} == {
        f"demo_{act}_letter_v1" for act in ("retry", "drop", "edit")
    }
    assert set(found.values()) == {(True, False)}


async def test_a_failure_that_nobody_saw_adds_nothing(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    async with bench.database.transaction() as tx:
        assert await tx.fetch(statements.RETRY, claim.consumer, claim.id, claim.fence, claim.owner, 0.0, None)
    assert (await bench.row(claim)).failures is None
