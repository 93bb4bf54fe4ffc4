"""Lets admins find, read and cancel anybody's jobs: `/admin/jobs`. Nothing that a person wrote is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row

from chassis.observe.logs import bind_job
from chassis.web.fields import Lines
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, not_found
from chassis.web.validation import Input
from contracts.base import Problem
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.operator_acts import ByOperator
from gateway.edge.operator_filters import FilterQuery, person_of_act
from gateway.edge.pagination import before, once
from gateway.edge.problems import JOB_ENDED
from gateway.edge.schemas import JOB_ID, example
from gateway.jobs import admin_jobs
from gateway.jobs.admin_jobs import FoundJob, JobFilters, Status
from gateway.jobs.operator_acts import REASON_MAX, OperatorAct, record

router = APIRouter(prefix="/admin/jobs", tags=["admin"])

#: most stuck jobs in one answer: there are none, or something is wrong with all
STUCK_MAX = 100

_JOB = {
    "id": JOB_ID,
    "kind": "attempt",
    "status": "running",
    "person_id": "018f6a1e-0000-7000-8000-000000000006",
    "created_at": "2026-11-20T10:00:00Z",
    "finished_at": None,
    "deadline": "2026-11-20T11:00:00Z",
    "heard_at": "2026-11-20T10:00:03Z",
    "last_seq": 2,
    "lost": False,
}


class AdminJobOut(BaseModel):
    """Describes anybody's job. `heard_at`: its last event; `lost`: it is in no inbox, outbox or queue."""

    model_config = example(_JOB)

    id: UUID
    kind: str
    status: str
    person_id: UUID
    created_at: datetime
    finished_at: datetime | None
    deadline: datetime
    heard_at: datetime
    last_seq: int
    lost: bool


class AdminTimelineEntry(BaseModel):
    """Describes one event of a job. `late`: it came after the job's end; `retry`: it follows from that retry."""

    seq: int
    type: str
    time: datetime
    late: bool
    retry: int
    step: str | None = None
    tries: int | None = None
    problem: Problem | None = None
    trace_id: str | None = None


class WaitsOut(BaseModel):
    """Says that a service has something open of a job, in its inbox or its outbox."""

    service: str
    since: datetime


class AdminJobWhole(AdminJobOut):
    """Describes anybody's job with its timeline, where it waits, and the ids of its dead letters."""

    model_config = example(
        {
            **_JOB,
            "timeline": [
                {"seq": 1, "type": "attempt.accepted", "time": "2026-11-20T10:00:00Z", "late": False, "retry": 0},
                {
                    "seq": 2,
                    "type": "step.started",
                    "time": "2026-11-20T10:00:03Z",
                    "late": False,
                    "retry": 0,
                    "step": "speech.assess_attempt",
                    "tries": 1,
                },
            ],
            "waits": [{"service": "speech", "since": "2026-11-20T10:00:03Z"}],
            "dead_letters": [],
        }
    )

    timeline: list[AdminTimelineEntry]
    waits: list[WaitsOut]
    dead_letters: list[str]

    @classmethod
    def whole(cls, found: FoundJob) -> AdminJobWhole:
        """Shapes a job."""
        return cls.model_validate(
            {
                **found.row,
                "timeline": found.timeline,
                "waits": [{"service": row.service, "since": row.since} for row in found.waits],
                "dead_letters": [f"{row.consumer}/{row.id}" for row in found.letters],
            }
        )


class AdminJobsQuery(PageQuery, FilterQuery):
    """Asks for a page of jobs that were accepted within a time, with what they are of."""

    status: Status | None = Field(None, description="With this status.")


class CancelIn(Input):
    """Says why, for the audit."""

    model_config = example({"reason": "The decoder is mended."})

    reason: Annotated[str | None, Lines] = Field(None, min_length=1, max_length=REASON_MAX)


_NO_REASON = CancelIn()


def _shown(row: Row[Any]) -> AdminJobOut:
    return AdminJobOut.model_validate(dict(row))


@router.get("", dependencies=[once(AdminJobsQuery)])
@Own(access=("admin",))
async def list_all_jobs(by: ByOperator, ctx: Ctx, query: Annotated[AdminJobsQuery, Query()]) -> Listed[AdminJobOut]:
    """Lists anybody's jobs, newest first. That one looks is an act."""
    filters = JobFilters(**vars(await query.shared(ctx.database)), status=query.status)
    found = await admin_jobs.find_jobs(ctx.database, filters, before=before(query), limit=query.limit + 1)
    detail = query.model_dump(mode="json", exclude_defaults=True, by_alias=True, exclude={"limit", "cursor", "person"})
    await record(ctx.database, OperatorAct(act="jobs_read", by=by, person=person_of_act(filters), detail=detail))
    return page_of(found, query, _shown, lambda row: (row.id, row.id))


@router.get("/stuck", dependencies=[NO_QUERY])
@Own(access=("admin",))
async def list_stuck_jobs(by: ByOperator, ctx: Ctx) -> Listed[AdminJobOut]:
    """Lists open jobs that are lost, overdue, or silent for longer than their step allows, oldest first."""
    found = await admin_jobs.stuck_jobs(ctx.database, STUCK_MAX)
    await record(ctx.database, OperatorAct(act="jobs_read", by=by, detail={"stuck": True}))
    return Listed(items=[_shown(row) for row in found], next_cursor=None)


@router.get("/{id}", dependencies=[NO_QUERY])
@Own(access=("admin",))
async def read_any_job(by: ByOperator, id: PathId, ctx: Ctx) -> AdminJobWhole:
    """Reads anybody's job with its timeline, where it waits, and its dead letters."""
    bind_job(id)
    found = await admin_jobs.read_job(ctx.database, id)
    if found is None:
        raise not_found()
    await record(ctx.database, OperatorAct(act="job_shown", by=by, object=str(id), person=found.row.person_id))
    return AdminJobWhole.whole(found)


async def _again(id: PathId, ctx: Ctx) -> AdminJobOut:
    [row] = await admin_jobs.find_jobs(ctx.database, JobFilters(job=id), limit=1)
    return _shown(row)


@router.post("/{id}/cancel", dependencies=[NO_QUERY])
@Own(access=("admin",), problems=(JOB_ENDED,), again=_again)
async def cancel_any_job(
    by: ByOperator, id: PathId, write: Keyed, ctx: Ctx, body: CancelIn = _NO_REASON
) -> AdminJobOut:
    """Cancels anybody's job. Running work is stopped; the recording is deleted. One that is cancelled stays so."""
    bind_job(id)
    act = OperatorAct(act="job_cancelled", by=by, object=str(id), reason=body.reason)
    outcome = await ctx.endings.cancel_by_operator(id, act, write)
    if outcome is None:
        raise not_found()
    if outcome == "conflict":
        raise ProblemError(JOB_ENDED)
    return await _again(id, ctx)
