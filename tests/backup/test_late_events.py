"""Tests which events a restore sends again: those that only the broker held while the database was copied."""

from __future__ import annotations

import json
from uuid import UUID

import asyncpg

from chassis.fresh_databases import fresh_database
from chassis.message.envelope import PREFIX, new_id
from chassis.storage.schemas import open_as_owner
from voxbus.backup.late_events import open_jobs, put_back, since
from voxbus.services import SERVICES

_LOG = """
INSERT INTO gateway.log (stream_id, seq, event_id, type, version, time, headers, body, terminal)
VALUES ($1, $2, $3, $4, '1.0', now(), $5, 'sealed', $6)
"""
_JOB = """
INSERT INTO gateway.jobs (id, kind, person_id, status, deadline, last_seq)
VALUES ($1, 'attempt', $2, 'accepted', now(), 1)
"""
_INBOX = """
INSERT INTO {}.inbox (consumer, id, job_id, headers, fence, tries, due_at, done_at, outcome)
VALUES ('any', $1, $2, '{{}}', 1, 1, now(), $3::timestamptz, CASE WHEN $3::timestamptz IS NULL THEN NULL ELSE 'ok' END)
"""
_OUTBOX = """
INSERT INTO speech.outbox (id, job_id, exchange, key, body, headers, claimed_until)
VALUES ($1, $2, 'events', 'attempt.assessed', 'sealed', '{}', now())
"""


async def logged(connection: asyncpg.Connection, job: UUID, kind: str, cause: UUID, seq: int = 2) -> UUID:
    """Records an event of a job that has a cause; returns its id."""
    event = new_id()
    headers = json.dumps({f"{PREFIX}causationid": str(cause), f"{PREFIX}type": kind})
    await connection.execute(_LOG, job, seq, event, kind, headers, kind.startswith("job."))
    return event


async def test_only_what_was_said_before_the_copy_and_waits_nowhere_is_sent_again(postgres_url: str) -> None:
    jobs = [new_id() for _ in range(5)]
    said, not_yet, waits, of_another, recorded = jobs
    causes = {job: new_id() for job in jobs}
    async with fresh_database(postgres_url, SERVICES) as url:
        connection = await asyncpg.connect(url)
        database = open_as_owner(url)
        try:
            for job in jobs:
                await connection.execute(_JOB, job, new_id())
            async with database.transaction() as copy:
                held = await open_jobs(copy)
            assert {job for job, _ in held} == set(jobs)
            now = await connection.fetchval("SELECT now()")
            for job in (said, waits, recorded):
                await connection.execute(_INBOX.format("speech"), causes[job], job, now)
            await connection.execute(_INBOX.format("speech"), causes[not_yet], not_yet, None)
            await connection.execute(_INBOX.format("content"), causes[of_another], of_another, now)

            events = {job: await logged(connection, job, "attempt.assessed", causes[job]) for job in jobs}
            await logged(connection, said, "job.succeeded", causes[said], 3)
            lines = b"".join([line async for line in since(database, held)])
            assert len(lines.splitlines()) == len(jobs)

            # the copy: what only the broker held is in no table
            await connection.execute("DELETE FROM gateway.log WHERE stream_id <> $1", recorded)
            await connection.execute(_OUTBOX, events[waits], waits)
            assert await put_back(url, lines) == 1
            assert await put_back(url, lines) == 0
            [row] = await connection.fetch("SELECT id, job_id, exchange, key, body, headers FROM gateway.outbox")
            assert (row["id"], row["job_id"]) == (events[said], said)
            assert (row["exchange"], row["key"], row["body"]) == ("events", "attempt.assessed", b"sealed")
            assert json.loads(row["headers"])[f"{PREFIX}causationid"] == str(causes[said])
        finally:
            await database.close()
            await connection.close()
