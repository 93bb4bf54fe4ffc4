"""Answers a client that prefers to wait for its job (RFC 7240, `Prefer: wait=N`) with the job's result."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.responses import Response

from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.web.cache import NO_STORE
from chassis.web.failures import problem_of
from gateway.edge.job_requests import seconds_to_wait
from gateway.edge.schemas import JobOut
from gateway.edge.streams.hub import Hub
from gateway.jobs.reading import JobView, read_job

#: answers with what a job that has succeeded has made; None where that cannot be read
ReadResult = Callable[[JobView], Awaitable[Response | None]]


async def outcome_in_time(
    hub: Hub,
    database: Database,
    keys: Keys,
    job_id: UUID,
    person: UUID,
    *,
    prefer: str | None,
    operation: str,
    read_result: ReadResult | None,
) -> Response | None:
    """Returns the result of a job that ends in time: what it has made, or the job if it has made nothing.

    None if the client does not wait, or if the result cannot be read; the job exists all the same.
    """
    seconds = seconds_to_wait(prefer)
    try:
        if not seconds or not await hub.wait(job_id, seconds):
            return None
        job = await read_job(database, keys, job_id, person)
        if job is None:
            return None
        if job.status == "succeeded" and read_result is not None:
            response = await read_result(job)
        else:
            response = Response(JobOut.of(job).model_dump_json(), media_type="application/json")
    except Exception as error:
        problem_of(error, operation)  # logs it
        return None
    if response is not None:
        response.headers["Preference-Applied"] = f"wait={seconds}"
        response.headers["Cache-Control"] = NO_STORE  # it answers a POST, so the cache rule of the read does not apply
    return response
