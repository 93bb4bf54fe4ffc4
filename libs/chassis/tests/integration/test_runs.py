"""Tests one try of a slow message: its unit, its time limit, and whose fault an error is."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from chassis.bus.memory import MemoryListener
from chassis.storage.media import Media
from chassis.testing import until
from contracts.common import StepStarted
from libs.chassis.tests.integration.demo import Work
from libs.chassis.tests.integration.fixtures import Bench


async def test_the_handlers_time_is_a_failed_try_and_no_lease(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a", how="hang once"))
    await bench.slow_with(timeout=0.05).run(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, row.owner) == (None, 1, None)
    await bench.make_due(claim)
    [again] = await bench.consumer.reap(1)
    await bench.slow.run(again)
    assert ((await bench.row(claim)).tries, await bench.effects()) == (2, 1)


async def test_a_try_of_the_reaper_is_announced_with_its_number(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a"))
    await bench.make_due(claim)
    [again] = await bench.consumer.reap(1)
    await bench.slow.run_reaped(again)
    rows = await bench.rows("SELECT body FROM outbox WHERE key = $1 ORDER BY body", StepStarted.type)
    assert [StepStarted.model_validate_json(row.body).tries for row in rows] == [1, 2]


async def test_the_recording_goes_with_the_commit_of_what_used_it(bench: Bench, media: Media) -> None:
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    claim = await bench.claim(Work(key="a", how="raise in unit", recording=ref))
    await bench.slow.run(claim)
    assert await bench.rows("SELECT ref FROM media_deletions") == []
    await bench.make_due(claim)
    [again] = await bench.consumer.reap(1)
    await bench.slow.run(again)
    assert [row.ref for row in await bench.rows("SELECT ref FROM media_deletions")] == ["recordings/a"]


async def test_a_second_unit_is_an_error_that_cannot_undo_the_first(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    claim = await bench.claim(Work(key="a", how="twice"))
    await bench.slow.run(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, await bench.effects()) == ("ok", 1, 1)
    assert "a handler failed after its commit" in caplog.text


async def test_a_handler_that_swallows_its_units_end_has_failed(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a", how="swallow once"))
    await bench.slow.run(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, row.owner, await bench.effects()) == (None, 1, None, 0)


@pytest.mark.parametrize(
    ("how", "tries"),
    [
        ("deadlock once", 0),
        ("lost once", 0),
        ("slow statement once", 1),
        ("too many parameters once", 1),
        ("unique violation once", 1),
        ("check violation once", 1),
    ],
)
async def test_only_the_handlers_own_fault_spends_a_try(bench: Bench, how: str, tries: int) -> None:
    claim = await bench.claim(Work(key="a", how=how))
    await bench.slow.run(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.tries, row.owner, await bench.effects()) == (None, tries, None, 0)


@pytest.mark.parametrize(("how", "runs"), [("deadlock each time", 13), ("unique violation each time", 3)])
async def test_a_fault_that_comes_each_time_is_dead_in_the_end(bench: Bench, how: str, runs: int) -> None:
    claim = await bench.claim(Work(key="a", how=how))
    while (row := await bench.row(claim)).outcome is None:
        await bench.slow.run(claim)
        await bench.make_due(claim)
        for taken in await bench.consumer.reap(1):
            claim = taken
    assert (row.outcome, row.tries, bench.deps.runs.count("a")) == ("dead", 3, runs)


async def test_a_problem_with_a_nul_in_its_text_is_stored_without_it(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a", how="nul in its problem"))
    await bench.slow.run(claim)
    row = await bench.row(claim)
    assert (row.outcome, row.problem["detail"]) == ("dead", "quoted")


async def test_progress_goes_to_who_watches_the_job_with_its_fence(bench: Bench) -> None:
    job = bench.new_id()
    listener = await bench.bus.listen(f"progress.{job}")
    assert isinstance(listener, MemoryListener)
    claim = await bench.claim(Work(key="a", how="say progress"), job_id=job)
    await bench.slow.run(claim)
    _, body = await listener.next()
    assert b'"fence": 1' in body
    assert b'"heard": "something"' in body


async def test_what_was_cut_off_is_given_back_with_its_try(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a", how="hang once"))
    running = asyncio.create_task(bench.slow.run(claim))
    await until(bench.runs)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    row = await bench.row(claim)
    assert (row.tries, row.owner, row.due, row.done_at) == (0, None, True, None)


async def test_cut_off_at_any_turn_it_is_given_back_or_done(bench: Bench) -> None:
    """Cancels a run ever later: it is given back or done, never both, never neither."""
    outcome = None
    for number in range(1, 500):
        claim = await bench.claim(Work(key=str(number)))
        running = asyncio.create_task(bench.slow.run(claim))
        await asyncio.sleep(number * 0.0007)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        row = await bench.row(claim)
        done = await bench.rows("SELECT 1 FROM effects_done WHERE key = $1", str(number))
        assert len(done) == (row.outcome == "ok")
        assert row.outcome == "ok" or (row.tries, row.owner) == (0, None)
        if outcome == row.outcome == "ok":
            break
        outcome = row.outcome
    assert outcome == "ok"


async def test_the_emitted_ids_of_one_cause_and_type_differ(bench: Bench) -> None:
    claim = await bench.claim(Work(key="a", how="says it twice"))
    await bench.slow.run(claim)
    assert await bench.emitted() == ["demo.worked", "demo.worked", "step.started"]


async def test_the_span_of_a_try_tells_its_job_its_number_and_how_it_ended(
    bench: Bench, exported: InMemorySpanExporter
) -> None:
    job = bench.new_id()
    claim = await bench.claim(Work(key="a", how="call refused once"), job_id=job)
    await bench.slow.run(claim)
    await bench.make_due(claim)
    [again] = await bench.consumer.reap(1)
    await bench.slow.run(again)
    failed, done = [each for each in exported.get_finished_spans() if each.name.startswith("process")]
    told = [
        ({name: value for name, value in (each.attributes or {}).items() if name.startswith("voxbus.")}, each.status)
        for each in (failed, done)
    ]
    assert [(attributes, status.status_code) for attributes, status in told] == [
        ({"voxbus.job": str(job), "voxbus.tries": 1, "voxbus.outcome": "retry"}, StatusCode.ERROR),
        ({"voxbus.job": str(job), "voxbus.tries": 2, "voxbus.outcome": "ok"}, StatusCode.UNSET),
    ]
