"""Makes a job of what the owner of a slow verb proposes, in one statement, or leaves nothing.

`docs/model/m10_proposal.pml` is its model. With an Idempotency-Key the record is read first, so that a repeated request
needs no owner. Nothing is written before the job is accepted, so a request that ends before leaves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response

from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.storage.keys import Keys
from chassis.web.cache import NO_STORE
from chassis.web.failures import problem_of
from chassis.web.idempotency import asked
from chassis.web.owner import LONGEST_S
from chassis.web.problems import UNAVAILABLE, ProblemError, unauthorized
from contracts.base import JobKind
from contracts.catalogue import JOB_KINDS
from gateway.edge.forward.forwarder import Forwarded, Forwarder
from gateway.edge.forward.proposed import NoProposal, Proposed, is_proposal, read_proposal
from gateway.edge.forward.routes import GATEWAY, Route, RouteTable
from gateway.edge.forward.serve import Admit, response_of
from gateway.edge.job_requests import busy, conflict, idempotency
from gateway.edge.outcome import outcome_in_time
from gateway.edge.streams.hub import Hub
from gateway.jobs.accept import Acceptance, Accepted, Busy, Idempotency, IdempotencyConflict
from gateway.jobs.measured import note_accepted
from gateway.jobs.reading import JobView

#: headers of the request that also apply to the reading of its result
_FOR_THE_RESULT = (b"accept", b"accept-language", b"authorization")

_log = logger(__name__)


class Proposals:
    """Answers the requests of operations that propose a job."""

    def __init__(
        self,
        table: RouteTable,
        forwarder: Forwarder,
        acceptance: Acceptance,
        hub: Hub,
        database: Database,
        keys: Keys,
        kinds: Mapping[str, JobKind] = JOB_KINDS,
    ) -> None:
        """Raises ValueError if the operation that the document names cannot read a job's result."""
        self._forwarder = forwarder
        self._acceptance = acceptance
        self._hub = hub
        self._database = database
        self._keys = keys
        self._kinds = kinds
        self._results: dict[str, Route] = {}
        reads = {each.operation: each for each in table.routes if each.method == "GET" and each.service != GATEWAY}
        for route in table.routes:
            if route.job is None or route.job not in kinds or route.result is None or route.service == GATEWAY:
                continue
            if route.result not in reads or not _can_read(route, reads[route.result], kinds[route.job]):
                raise ValueError(f"{route.operation}: {route.result} does not read what comes of it")
            self._results[route.operation] = reads[route.result]

    async def answer(self, request: Forwarded, admit: Admit) -> Response:
        """Returns the 202 of a job, the 200 with its result in time, or the owner's own answer without a proposal.

        Raises `ProblemError`; a 503 means that there is no job of this request, and never will be.
        """
        try:
            return await self._answer(request, admit)
        except IdempotencyConflict:
            raise conflict() from None
        except Busy as error:
            raise busy(error) from None
        except Exception as error:
            raise problem_of(error, request.route.operation) from error

    async def _answer(self, request: Forwarded, admit: Admit) -> Response:
        person, headers = request.principal.id, Headers(raw=list(request.headers))
        if person is None:
            raise unauthorized()
        wanted = _idempotency(request, headers.get("idempotency-key"))
        public: dict[str, Any] = {}
        accepted = await self._acceptance.find(person, wanted)
        if accepted is None:
            self._acceptance.check_budget()
            proposed = await self._ask(request, person)
            if isinstance(proposed, Response):
                return proposed
            accepted = await self._acceptance.accept(
                proposed.kind, proposed.command, job_id=request.id, person_id=person, idempotency=wanted
            )
            note_accepted(proposed.kind.name)
            public = {} if accepted.replayed else proposed.public
        result = self._results.get(request.route.operation)
        ended = await outcome_in_time(
            self._hub,
            self._database,
            self._keys,
            accepted.job_id,
            person,
            prefer=", ".join(headers.getlist("prefer")),
            operation=request.route.operation,
            read_result=None if result is None else partial(self._read_result, request, result, admit),
        )
        return ended or _accepted(request.route, accepted, public)

    async def _ask(self, request: Forwarded, person: UUID) -> Proposed | Response:
        """Returns the owner's proposal, or its answer if that is not a proposal.

        Raises 503 for a proposal that this gateway cannot accept, and logs the reason.
        """
        answer = await self._forwarder.forward(request)
        if not is_proposal(answer):
            return await response_of(request.route, answer)
        try:
            async with asyncio.timeout(LONGEST_S):
                return await read_proposal(answer, self._kinds, request.route.job, person)
        except (NoProposal, TimeoutError) as error:
            reason = str(error) or "it stops"
            _log.error("a proposal cannot be accepted", operation=request.route.operation, reason=reason)
            raise ProblemError(UNAVAILABLE) from None
        finally:
            await answer.close()

    async def _read_result(self, request: Forwarded, result: Route, admit: Admit, job: JobView) -> Response | None:
        path = _path_of(result, request, self._kinds[job.kind], job.id)
        principal = await admit(result, path)
        answer = await self._forwarder.forward(
            Forwarded(
                route=result,
                method="GET",
                path=path,
                query=b"",
                headers=[each for each in request.headers if each[0].lower() in _FOR_THE_RESULT],
                body=b"",
                principal=principal,
            )
        )
        if answer.status == 200:
            return await response_of(result, answer)
        await answer.close()
        return None


def _idempotency(request: Forwarded, key: str | None) -> Idempotency | None:
    """Returns the key with a hash of the whole request, as it was sent. Raises 422 for an invalid key."""
    route = request.route
    return idempotency(
        f"{route.method} {route.path}", key, route.operation.encode(), asked(request.target, request.body)
    )


def _can_read(route: Route, result: Route, kind: JobKind) -> bool:
    """Tells whether the path of a result follows from the path of the request and the id of what the job makes."""
    last = result.segments[-1]
    given = {*route.segments, *([last] if kind.result is not None else [])}
    return all(each in given for each in result.segments if each.startswith("{"))


def _path_of(result: Route, request: Forwarded, kind: JobKind, job_id: UUID) -> bytes:
    """Returns the path that reads a result. It ends with the job's id, which is the id of what the job makes."""
    given = dict(zip(request.route.segments, request.path[1:].split(b"/"), strict=True))
    if kind.result is not None:
        given[result.segments[-1]] = str(job_id).encode()
    return b"".join(b"/" + given.get(each, each.encode()) for each in result.segments)


def _accepted(route: Route, accepted: Accepted, public: Mapping[str, Any]) -> Response:
    job = {"id": str(accepted.job_id), "kind": route.job, "status": accepted.status}
    headers = {"Location": f"/jobs/{accepted.job_id}", "Cache-Control": NO_STORE}
    return JSONResponse({**public, "job": job}, 202, headers)
