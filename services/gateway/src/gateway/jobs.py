"""Reading jobs for their owner. `jobs` is narrow: tries, result, problem and times are read from the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.storage.database import Database
from contracts.base import Problem


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One row of a job's stream; `type` is the name the stream shows."""

    seq: int
    type: str
    time: datetime


@dataclass(frozen=True, slots=True)
class JobHead:
    """A job without its log. `terminal_seq` is the log row that ended it, None while it is open."""

    id: UUID
    kind: str
    status: str
    created_at: datetime
    finished_at: datetime | None
    last_seq: int
    terminal_seq: int | None = None


@dataclass(frozen=True, slots=True)
class JobView:
    """A job as its owner sees it; `tries` of the latest step, 0 before the first."""

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
    """Log row 1 of a job: the accepted command. `body` as `chassis.message.codec` wrote it."""

    job_id: UUID
    type: str
    version: tuple[int, int]
    time: datetime
    body: bytes


async def read_head(database: Database, job_id: UUID, person_id: UUID) -> JobHead | None:
    """One job of a person, for a stream: `Last-Event-ID` at or past `terminal_seq` has seen everything."""
    raise NotImplementedError


async def read_job(database: Database, job_id: UUID, person_id: UUID) -> JobView | None:
    """One job of a person with its timeline; None when there is none or it is someone else's."""
    raise NotImplementedError


async def list_jobs(
    database: Database, person_id: UUID, kind: str | None = None, limit: int = 20, before_id: UUID | None = None
) -> list[JobHead]:
    """A person's jobs, newest first, those before `before_id` (a cursor) where given. Without `terminal_seq`."""
    raise NotImplementedError


async def first_commands(database: Database, job_ids: Sequence[UUID], person_id: UUID) -> dict[UUID, FirstCommand]:
    """The accepted commands of a person's jobs, in one read."""
    raise NotImplementedError
