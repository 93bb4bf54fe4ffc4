"""Reads jobs for their owner. `jobs` is narrow: tries, result, problem and times are read from the log."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from chassis.message.codec import clear
from chassis.message.crypto import Key
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from contracts.base import JobKind, Json, Problem
from contracts.catalogue import JOB_KINDS, MESSAGES
from contracts.common import StepStarted
from gateway.jobs import statements

#: the cursor of a first page: no UUIDv7 is larger
_AFTER_ALL = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """Holds one row of a job's stream; `type` is the name the stream shows."""

    seq: int
    type: str
    time: datetime


@dataclass(frozen=True, slots=True)
class JobHead:
    """Holds a job without its log. `terminal_seq` is the log row that ended the job, None while it is open."""

    id: UUID
    kind: str
    status: str
    created_at: datetime
    finished_at: datetime | None
    last_seq: int
    terminal_seq: int | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """Holds a job as its owner sees it; `tries` of the latest step, 0 before the first."""

    id: UUID
    kind: str
    status: str
    tries: int
    result: dict[str, Any] | None
    problem: Problem | None
    created_at: datetime
    finished_at: datetime | None
    timeline: tuple[TimelineEntry, ...]


@dataclass(frozen=True, slots=True)
class FirstCommand:
    """Holds log row 1 of a job: the accepted command. `body` is its payload as JSON, decrypted."""

    job_id: UUID
    type: str
    version: tuple[int, int]
    time: datetime
    body: bytes


async def count_open(database: Database, person_id: UUID, most: int) -> int:
    """Returns the number of a person's open jobs, or `most` if there are more."""
    [[count]] = await database.fetch(statements.COUNT_OPEN_OF, person_id, most)
    return int(count)


async def recording_bytes(database: Database, person_id: UUID | None) -> int:
    """Returns the bytes of recordings of open jobs, of one person or of all."""
    one = person_id is not None
    [[found]] = await (
        database.fetch(statements.SUM_RECORDINGS_OF, person_id) if one else database.fetch(statements.SUM_RECORDINGS)
    )
    return int(found)


async def read_head(database: Database, job_id: UUID, person_id: UUID) -> JobHead | None:
    """Reads one job of a person for a stream; a `Last-Event-ID` at or past `terminal_seq` has nothing to follow."""
    rows = await database.fetch(statements.READ_HEAD, job_id, person_id)
    return _head(rows[0], rows[0].terminal_seq) if rows else None


async def read_job(database: Database, keys: Keys, job_id: UUID, person_id: UUID) -> JobView | None:
    """Reads one job of a person with its timeline; None if there is none or it is someone else's."""
    async with database.transaction() as tx:
        heads = await tx.fetch(statements.READ_HEAD, job_id, person_id)
        if not heads:
            return None
        rows = await tx.fetch(statements.READ_TIMELINE, job_id)
    head = _head(heads[0], heads[0].terminal_seq)
    rows = rows[: head.last_seq]  # the two reads are two snapshots: leave out rows that are newer than the shown state
    ended: dict[str, Any] = next((json.loads(row.body) for row in rows if row.terminal), {})
    kind = JOB_KINDS.get(head.kind)
    result = ended.get("result")
    if result is not None and kind is not None and kind.shows:
        result = await _shown(database, keys, job_id, person_id, kind)
    started = [json.loads(row.body) for row in rows if row.type == StepStarted.type]
    return JobView(
        id=head.id,
        kind=head.kind,
        status=head.status,
        tries=started[-1]["tries"] if started else 0,
        result=result,
        problem=Problem.model_validate(ended["problem"]) if ended.get("problem") else None,
        created_at=head.created_at,
        finished_at=head.finished_at,
        timeline=tuple(TimelineEntry(row.seq, stream_type(row.type), row.time) for row in rows),
    )


async def list_jobs(
    database: Database, person_id: UUID, kind: str | None = None, limit: int = 20, before_id: UUID | None = None
) -> list[JobHead]:
    """Lists a person's jobs, newest first, before the cursor `before_id` if given. Without `terminal_seq`."""
    page = (person_id, before_id or _AFTER_ALL, limit)
    if kind is None:
        rows = await database.fetch(statements.LIST_JOBS, *page)
    else:
        rows = await database.fetch(statements.LIST_JOBS_OF_KIND, *page, kind)
    return [_head(row) for row in rows]


async def first_commands(
    database: Database, keys: Keys, job_ids: Sequence[UUID], person_id: UUID
) -> dict[UUID, FirstCommand]:
    """Reads the accepted commands of a person's jobs at once. Raises `Erased` if the person was erased."""
    rows = await database.fetch(statements.READ_FIRST, list(job_ids), person_id)
    key = (await keys.find([person_id])).get(person_id) if any(row.enc is not None for row in rows) else None
    return {row.stream_id: _first(row, key) for row in rows}


async def _shown(database: Database, keys: Keys, job_id: UUID, person_id: UUID, kind: JobKind) -> Json:
    """Returns the fields of a job's ending event that its result shows. Raises `Erased` if the person was erased."""
    [row] = await database.fetch(statements.READ_EVENT, job_id, kind.completed_by.type)
    key = (await keys.find([person_id])).get(person_id) if row.enc is not None else None
    body = json.loads(clear(row.body, row.event_id, row.type, row.enc, key))
    return {name: body.get(name) for name in kind.shows}


def stream_type(message_type: str) -> str:
    """Returns the name under which a client sees a message."""
    message = MESSAGES.get(message_type)
    return message.stream_type() if message is not None else message_type


def _head(row: Row[Any], terminal_seq: int | None = None) -> JobHead:
    return JobHead(row.id, row.kind, row.status, row.created_at, row.finished_at, row.last_seq, terminal_seq)


def _first(row: Row[Any], key: Key | None) -> FirstCommand:
    major, _, minor = row.version.partition(".")
    body = clear(row.body, row.event_id, row.type, row.enc, key)
    return FirstCommand(row.stream_id, row.type, (int(major), int(minor)), row.time, body)
