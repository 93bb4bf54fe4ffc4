"""Tests reading jobs: from the log, for their owner alone."""

from __future__ import annotations

from uuid import UUID

from chassis.message.envelope import new_id
from chassis.storage.database import open_database
from contracts.base import Problem
from contracts.common import StepFailed, StepStarted
from contracts.gateway import AssessAttempt
from gateway.jobs import statements
from gateway.jobs.reading import first_commands, list_jobs, read_head, read_job
from services.gateway.tests.integration.fixtures import Bench

PROBLEM = Problem(type="/problems/recording-undecodable", title="Not a recording", status=422)


async def test_a_job_that_succeeded(bench: Bench) -> None:
    job_id = await bench.new_job()
    starts = [StepStarted(step="speech.assess_attempt", tries=1), StepStarted(step="feedback.give_feedback", tries=2)]
    await bench.recorder.record([bench.event(job_id, start) for start in starts])
    await bench.recorder.record(bench.steps(job_id))
    await bench.recorder.record([bench.event(job_id, StepStarted(step="notify.notify", tries=9))])
    job = await read_job(bench.database, bench.keys, job_id, bench.person)
    assert job is not None
    assert (job.kind, job.status, job.tries, job.problem) == ("attempt", "succeeded", 2, None)
    assert job.result == {"attempt_id": str(job_id)}
    assert job.finished_at is not None
    assert job.finished_at >= job.created_at
    assert [(entry.seq, entry.type) for entry in job.timeline] == [
        (1, "attempt.accepted"),
        (2, "step.started"),
        (3, "step.started"),
        (4, "attempt.assessed"),
        (5, "feedback.given"),
        (6, "job.succeeded"),
    ]
    head = await read_head(bench.database, job_id, bench.person)
    assert head is not None
    assert (head.last_seq, head.terminal_seq) == (7, 6)


async def test_a_job_that_failed_and_one_that_has_not_begun(bench: Bench) -> None:
    failing, waiting = await bench.new_job(), await bench.new_job()
    dead = StepFailed(step="speech.assess_attempt", tries=1, problem=PROBLEM)
    await bench.recorder.record([bench.event(failing, dead)])
    failed = await read_job(bench.database, bench.keys, failing, bench.person)
    fresh = await read_job(bench.database, bench.keys, waiting, bench.person)
    assert failed is not None
    assert fresh is not None
    assert (failed.status, failed.problem, failed.result) == ("failed", PROBLEM, None)
    assert (fresh.status, fresh.tries, fresh.finished_at, len(fresh.timeline)) == ("accepted", 0, None, 1)


async def test_someone_elses_job_is_no_job(bench: Bench) -> None:
    job_id = await bench.new_job()
    stranger = new_id()
    assert await read_job(bench.database, bench.keys, job_id, stranger) is None
    assert await read_head(bench.database, job_id, stranger) is None
    assert await list_jobs(bench.database, stranger) == []
    assert await first_commands(bench.database, bench.keys, [job_id], stranger) == {}


async def test_ones_own_jobs_come_newest_first_in_pages(bench: Bench) -> None:
    jobs = sorted([await bench.new_job() for _ in range(3)], reverse=True)
    first = await list_jobs(bench.database, bench.person, "attempt", limit=2)
    rest = await list_jobs(bench.database, bench.person, "attempt", limit=2, before_id=first[-1].id)
    assert [job.id for job in (*first, *rest)] == jobs
    assert await list_jobs(bench.database, bench.person, "notification_read") == []
    commands = await first_commands(bench.database, bench.keys, jobs, bench.person)
    assert {AssessAttempt.model_validate_json(c.body).attempt_id for c in commands.values()} == set(jobs)


async def test_a_page_of_one_kind_is_read_by_an_index_alone_however_many_others_lie_between(machine_url: str) -> None:
    """Tests the generic plan, which a prepared statement uses after some calls."""
    database, ids = open_database(machine_url, "gateway", size=1), [new_id() for _ in range(13_030)]
    person, *persons = [new_id() for _ in range(501)]
    attempts, others, strangers = ids[:30], ids[30:3_030], ids[3_030:]
    await database.fetch(
        """
        INSERT INTO jobs (id, kind, person_id, status, deadline, last_seq)
        SELECT id, kind, person_id, 'succeeded', now(), 1
          FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS j(id, kind, person_id)
        """,
        ids,
        ["attempt"] * len(attempts) + ["notification_read"] * len(others + strangers),
        [person] * len(attempts + others) + persons * (len(strangers) // len(persons)),
    )
    await database.fetch("ANALYZE jobs")
    await database.fetch("SET plan_cache_mode = force_generic_plan")
    await database.fetch(f"PREPARE page AS {statements.LIST_JOBS_OF_KIND}")
    first = UUID(int=2**128 - 1)
    plan = await database.fetch(f"EXPLAIN (COSTS OFF) EXECUTE page('{person}', '{first}', 20, 'attempt')")
    lines = [row[0].strip() for row in plan]
    assert any("Index Scan Backward using jobs_of_person_and_kind" in line for line in lines), lines
    assert "Index Cond: ((person_id = $1) AND (kind = $4) AND (id < $2))" in lines
    assert [job.id for job in await list_jobs(database, person, "attempt", 20)] == sorted(attempts, reverse=True)[:20]
    await database.close()
