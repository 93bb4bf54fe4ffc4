"""Serves jobs: reads, lists and cancels them."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.edge.context import Ctx, PathId, SignedIn
from gateway.edge.openapi import problems
from gateway.edge.pagination import Cursor, Limit, last_seen, page
from gateway.edge.problems import ProblemError, not_found
from gateway.edge.schemas import JobOut, JobSummary, Listed
from gateway.jobs import reading as jobs

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", responses=problems(401, 422, 503))
async def list_jobs(person: SignedIn, ctx: Ctx, limit: Limit = 20, cursor: Cursor = None) -> Listed[JobSummary]:
    """Lists one's own jobs, newest first."""
    found = await jobs.list_jobs(ctx.database, person, limit=limit + 1, before_id=last_seen(cursor))
    return page(found, limit, JobSummary.of, lambda head: head.id)


@router.get("/{id}", responses=problems(401, 404, 503))
async def read_job(id: PathId, person: SignedIn, ctx: Ctx) -> JobOut:
    """Reads one job with everything that has happened to it."""
    job = await jobs.read_job(ctx.database, id, person)
    if job is None:
        raise not_found()
    return JobOut.of(job)


@router.delete(
    "/{id}",
    status_code=202,
    response_description="Cancelled now.",
    responses={
        200: {"model": JobOut, "description": "It was cancelled before."},
        **problems(401, 404, 409, 503, s409=("job-ended", "The job has ended")),
    },
)
async def cancel_job(id: PathId, person: SignedIn, ctx: Ctx, response: Response) -> JobOut:
    """Cancels a job. What is under way is stopped; its recording is deleted."""
    outcome = await ctx.endings.cancel(id, person)
    if outcome is None:
        raise not_found()
    if outcome == "conflict":
        raise ProblemError(409, "job-ended", "The job has ended", "A job that has ended cannot be cancelled.")
    if outcome == "already":
        response.status_code = 200
    return await read_job(id, person, ctx)
