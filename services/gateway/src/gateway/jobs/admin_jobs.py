"""Finds and shows the jobs of all people for operators: without a word of what is in them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError

from chassis.filters import Filters
from chassis.message.envelope import PREFIX
from chassis.storage.database import Database, Transaction
from chassis.storage.partitions import first_id
from chassis.storage.statement import Repeatable
from contracts.catalogue import JOB_KINDS
from contracts.common import StepFailed, StepStarted
from gateway.jobs.audit_statements import READ_TYPES
from gateway.jobs.dead_letters import LetterFilters, gather, published
from gateway.jobs.orphans import allowed_silence, shortest_max_silence

Status = Literal["accepted", "running", "succeeded", "failed", "cancelled"]
#: most dead letters that are shown with a job
_LETTERS = 100

_HEAD = """
j.id, j.kind, j.person_id, j.status, j.created_at, j.finished_at, j.deadline, j.last_seq, j.heard_at,
EXISTS (SELECT FROM orphans AS o WHERE o.job_id = j.id) AS lost
"""
# $1 smallest id $2 an id that is too large $3 job $4 person $5 kind $6 status $7 types $8 limit; null filters nothing
_FIND = Repeatable(f"""
SELECT {_HEAD} FROM jobs AS j
 WHERE ($1::uuid IS NULL OR j.id >= $1) AND ($2::uuid IS NULL OR j.id < $2) AND ($3::uuid IS NULL OR j.id = $3)
   AND ($4::uuid IS NULL OR j.person_id = $4) AND ($5::text IS NULL OR j.kind = $5)
   AND ($6::text IS NULL OR j.status = $6)
   AND ($7::text[] IS NULL OR EXISTS (SELECT FROM log AS l WHERE l.stream_id = j.id AND l.type = ANY($7)))
 ORDER BY j.id DESC LIMIT $8
""")
_READ = Repeatable(f"SELECT {_HEAD} FROM jobs AS j WHERE j.id = $1")
# $1 the seconds after which any open job may count as silent $2 limit
_STUCK = Repeatable(f"""
SELECT {_HEAD}, j.deadline < now() AS overdue, now() - greatest(j.heard_at, j.ready_at) AS silent FROM jobs AS j
 WHERE j.finished_at IS NULL
   AND (greatest(j.heard_at, j.ready_at) < now() - make_interval(secs => $1::float8) OR j.deadline < now()
        OR EXISTS (SELECT FROM orphans AS o WHERE o.job_id = j.id))
 ORDER BY j.id LIMIT $2
""")
# The bodies of these types hold nothing about a person.
_TIMELINE = Repeatable(f"""
SELECT seq, type, time, late, terminal, headers->>'{PREFIX}retry' AS retry,
       CASE WHEN type IN ('{StepStarted.type}', '{StepFailed.type}') THEN body END AS body,
       headers->>'{PREFIX}traceparent' AS traceparent
  FROM log WHERE stream_id = $1 ORDER BY seq
""")
# $1 job ids. A command that waits for its turn lies in the gateway's outbox.
_OPEN = "SELECT job_id, '{0}' AS service, min(since) AS since FROM api.{0}_open_v1 WHERE job_id = ANY($1) GROUP BY 1"
# The job's events once more, from the log: inboxes drop those that are done.
_RESEND = """
INSERT INTO outbox (id, job_id, exchange, key, body, headers, claimed_until)
SELECT event_id, stream_id, CASE seq WHEN 1 THEN 'jobs' ELSE 'events' END, type, body, headers, now()
  FROM log WHERE stream_id = $1
ON CONFLICT (id) DO NOTHING RETURNING id
"""


@dataclass(frozen=True)
class JobFilters(Filters):
    """Holds which jobs are asked for: accepted within a time, and with a message of one of the types."""

    status: Status | None = None


@dataclass(frozen=True, slots=True)
class FoundJob:
    """Holds a job for operators: its row, its log, the services in which it waits, its dead letters."""

    row: Row[Any]
    timeline: Sequence[dict[str, Any]]
    waits: Sequence[Row[Any]]
    letters: Sequence[Row[Any]]


async def find_jobs(
    database: Database, filters: JobFilters, *, before: UUID | None = None, limit: int
) -> Sequence[Row[Any]]:
    """Finds jobs, newest first, before the last one that is known."""
    since = None if filters.since is None else first_id(filters.since)
    until = None if filters.until is None else first_id(filters.until)
    ends = min((each for each in (until, before) if each is not None), default=None)
    of = (filters.job, filters.person, filters.kind, filters.status, list(filters.types) or None)
    return await database.fetch(_FIND, since, ends, *of, limit)


async def read_job(database: Database, job: UUID) -> FoundJob | None:
    """Reads one job; None if there is none."""
    rows = await database.fetch(_READ, job)
    if not rows:
        return None
    timeline = [_entry(row) for row in await database.fetch(_TIMELINE, job)]
    letters = [row async for row in gather(database, LetterFilters(job=job), _LETTERS)]
    return FoundJob(rows[0], timeline, await waiting(database, [job]), letters)


async def waiting(database: Database, jobs: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Returns which services have not settled messages of jobs, or not published them, and since when."""
    services = await published(database)
    if not services or not jobs:
        return ()
    statement = " UNION ALL ".join(_OPEN.format(service) for service in services)
    try:
        return await database.fetch(Repeatable(f"{statement} ORDER BY 3, 2"), list(jobs))
    except DBAPIError:  # a view is missing, which `voxbus doctor` says
        return ()


async def stuck_jobs(database: Database, limit: int) -> Sequence[Row[Any]]:
    """Finds open jobs that are lost, overdue, or silent for longer than any of their steps allows, oldest first."""
    silence = shortest_max_silence(JOB_KINDS.values()).total_seconds()
    rows = await database.fetch(_STUCK, silence, limit)
    types = await database.fetch(READ_TYPES, [row.id for row in rows])
    logged = {row.id: frozenset(row.types or ()) for row in types}
    return [row for row in rows if row.lost or row.overdue or _is_silent(row, logged.get(row.id, frozenset()))]


def _is_silent(row: Row[Any], types: frozenset[str]) -> bool:
    kind = JOB_KINDS.get(row.kind)
    return kind is not None and row.silent > allowed_silence(kind, types)


async def resend(tx: Transaction, job: UUID) -> int:
    """Puts the events of a job into the outbox once more, due now; returns how many."""
    return len(await tx.fetch(_RESEND, job))


def _entry(row: Row[Any]) -> dict[str, Any]:
    told = json.loads(row.body) if row.body is not None else {}
    trace = (row.traceparent or "").split("-")
    entry = {
        "seq": row.seq,
        "type": row.type,
        "time": row.time,
        "late": row.late,
        "retry": int(row.retry or 0),
        "step": told.get("step"),
        "tries": told.get("tries"),
        "problem": told.get("problem"),
        "trace_id": trace[1] if len(trace) > 1 else None,
    }
    return {name: value for name, value in entry.items() if value is not None}
