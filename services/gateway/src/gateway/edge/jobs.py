"""Serves jobs: reads, lists and cancels them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.observe.logs import bind_job
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, not_found
from gateway.edge.callers import SignedIn
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import Once, before
from gateway.edge.problems import JOB_ENDED
from gateway.edge.schemas import JobOut, JobSummary
from gateway.jobs import reading as jobs

router = APIRouter(prefix="/jobs", tags=["jobs"])


class JobsQuery(PageQuery):
    """Asks for a page of jobs."""


@router.get("")
@Own(access=("own",))
async def list_jobs(person: SignedIn, _: Once, ctx: Ctx, query: Annotated[JobsQuery, Query()]) -> Listed[JobSummary]:
    """Lists one's own jobs, newest first."""
    found = await jobs.list_jobs(ctx.database, person, limit=query.limit + 1, before_id=before(query))
    return page_of(found, query, JobSummary.of, lambda head: (head.id, head.id))


@router.get("/{id}", dependencies=[NO_QUERY])
@Own(access=("own",))
async def read_job(person: SignedIn, id: PathId, ctx: Ctx) -> JobOut:
    """Reads one job with its whole timeline."""
    bind_job(id)
    job = await jobs.read_job(ctx.database, ctx.keys, id, person)
    if job is None:
        raise not_found()
    return JobOut.of(job)


@router.delete(
    "/{id}",
    status_code=202,
    response_description="Cancelled now.",
    responses={200: {"model": JobOut, "description": "It was cancelled before."}},
    dependencies=[NO_QUERY],
)
@Own(access=("own",), problems=(JOB_ENDED,), again=read_job)
async def cancel_job(person: SignedIn, id: PathId, write: Keyed, ctx: Ctx, response: Response) -> JobOut:
    """Cancels a job. Running work is stopped; the recording is deleted."""
    bind_job(id)
    outcome = await ctx.endings.cancel(id, person, write)
    if outcome is None:
        raise not_found()
    if outcome == "conflict":
        raise ProblemError(JOB_ENDED)
    if outcome == "already":
        response.status_code = 200
    return await read_job(person, id, ctx)
