"""Lets people take a copy of everything about themselves: `/me/export`. Guardians take one of a child's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from chassis.errors import DependencyDown
from chassis.message.crypto import Key
from chassis.message.envelope import new_id
from chassis.storage.database import Transaction
from chassis.storage.media import Media
from chassis.storage.sealed_stream import read_sealed
from chassis.web.cache import NO_STORE
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import BUSY, IDEMPOTENCY_CONFLICT, OUTCOME_UNKNOWN, ProblemError, not_found
from chassis.web.proposal import JobReference
from contracts.catalogue import EXPORT
from contracts.gateway import MakeExport
from gateway.edge.auth.sessions import LAST_ID
from gateway.edge.byte_range import NotSatisfiable, Part, wanted_part
from gateway.edge.callers import FromNetwork, SignedIn, is_guardian
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.export_schemas import ExportAccepted, ExportOut, ExportReference
from gateway.edge.job_requests import IdempotencyKey, Prefer, busy, conflict, idempotency
from gateway.edge.limits.rates import OverLimit
from gateway.edge.outcome import outcome_in_time
from gateway.edge.pagination import Once, before
from gateway.edge.problems import EXPORT_EXPIRED, EXPORT_NOT_READY, EXPORT_OPEN, RANGE_NOT_SATISFIABLE, unavailable
from gateway.edge.schemas import JobOut
from gateway.edge.security_events import Event, SecurityEvent, record
from gateway.jobs import exports
from gateway.jobs.accept import Accepted, Busy, Idempotency, IdempotencyConflict
from gateway.jobs.measured import note_accepted

router = APIRouter(tags=["privacy"])

_AT = "2026-11-20T10:00:00Z"
_TYPE = "application/zip"
_NAME = "voxbus-export.zip"
#: seconds after which a client may look again
_AGAIN_S = 5
_FILE = {"content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
_OF_ALL = {
    "ETag": "The SHA-256 of the whole file.",
    "Accept-Ranges": "`bytes`",
    "Content-Disposition": "The name to save it under.",
}


class ExportsQuery(PageQuery):
    """Asks for a page of exports."""


_WAITED: dict[int | str, dict[str, Any]] = {
    200: {"model": JobOut, "description": "With `Prefer: wait`: the job, which has ended."}
}
_ASKED = {
    202: {"Location": "Where to follow the job."},
    200: {"Preference-Applied": "`wait=N`: the seconds that were allowed."},
}
_PROBLEMS = (EXPORT_OPEN, IDEMPOTENCY_CONFLICT, BUSY, OUTCOME_UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asking:
    """Holds a request for a copy, by whoever it is about or their guardian."""

    request: Request
    by: UUID
    network: str | None
    ctx: GatewayContext
    key: str | None
    prefer: str | None

    async def answer(self, person: UUID) -> Response:
        """Has a copy made of what is stored about a person."""
        accepted = await self._accept(person)
        ended = await outcome_in_time(
            self.ctx.hub,
            self.ctx.database,
            self.ctx.keys,
            accepted.job_id,
            self.by,
            prefer=self.prefer,
            operation=self.route,
            read_result=None,
        )
        if ended is not None:
            return ended
        job = JobReference.model_validate({"id": accepted.job_id, "kind": EXPORT.name, "status": accepted.status})
        body = ExportAccepted(job=job, export=ExportReference(id=accepted.job_id))
        return Response(body.model_dump_json(), 202, {"Location": f"/jobs/{accepted.job_id}"}, "application/json")

    @property
    def route(self) -> str:
        """Names what was asked."""
        return f"{self.request.method} {self.request.scope['route'].path}"

    async def _accept(self, person: UUID) -> Accepted:
        """Accepts the job, unless a copy is being made. Of two requests at a time one waits for the other."""
        wanted = idempotency(self.route, self.key, str(person).encode())
        try:
            found = await self.ctx.acceptance.find(self.by, wanted)
            return found or await self._begin(person, wanted)
        except IdempotencyConflict:
            raise conflict() from None
        except Busy as error:
            raise busy(error) from None
        except OverLimit as over:
            raise await self.ctx.rates.refused(self.request.scope, over.name, over.seconds, over.whom) from None

    async def _begin(self, person: UUID, wanted: Idempotency | None) -> Accepted:
        job_id = new_id()
        command = MakeExport(export_id=job_id, person_id=person, owner_id=self.by)
        is_counted = False

        async def add(tx: Transaction) -> None:
            nonlocal is_counted
            await exports.lock(tx, person)
            if await exports.is_open(tx, person):
                raise ProblemError(EXPORT_OPEN, headers={"Retry-After": str(_AGAIN_S)})
            if not is_counted and (over := await self.ctx.rates.count(self.request.scope, "export", str(person))):
                raise over
            is_counted = True
            await exports.add(tx, job_id, person, self.by)
            await record(tx, _event("export_asked", person, self.by, self.network))

        accepted = await self.ctx.acceptance.accept(
            EXPORT, command, job_id=job_id, person_id=self.by, idempotency=wanted, beside=add
        )
        note_accepted(EXPORT.name)
        return accepted


async def _asking(
    request: Request,
    person: SignedIn,
    network: FromNetwork,
    ctx: Ctx,
    key: IdempotencyKey = None,
    prefer: Prefer = None,
) -> _Asking:
    return _Asking(request=request, by=person, network=network, ctx=ctx, key=key, prefer=prefer)


#: a request for a copy
Asking = Annotated[_Asking, Depends(_asking)]


@router.post("/me/export", status_code=202, response_model=ExportAccepted, responses=_WAITED, dependencies=[NO_QUERY])
@Own(access=("own",), limits=("export",), job=EXPORT, problems=_PROBLEMS, headers=_ASKED)
async def ask_export(asking: Asking, person: SignedIn) -> Response:
    """Asks for a copy of everything about oneself, of all services. One at a time, three a day."""
    return await asking.answer(person)


@router.post(
    "/guardian/children/{id}/export",
    status_code=202,
    response_model=ExportAccepted,
    responses=_WAITED,
    dependencies=[NO_QUERY],
)
@Own(access=("guardian",), person="id", limits=("export",), job=EXPORT, problems=_PROBLEMS, headers=_ASKED)
async def ask_child_export(asking: Asking, id: PathId) -> Response:
    """Asks for a copy of everything about a child. `/me/export/{id}` gives it, as long as one is the guardian."""
    return await asking.answer(id)


@router.get("/me/export")
@Own(access=("own",))
async def list_exports(
    person: SignedIn, _: Once, ctx: Ctx, query: Annotated[ExportsQuery, Query()]
) -> Listed[ExportOut]:
    """Lists the copies that one has asked for, newest first, also those of children."""
    found = await exports.page(ctx.database, person, before(query) or LAST_ID, query.limit + 1)
    return page_of(found, query, ExportOut.of, lambda each: (each.id, each.id))


@router.get(
    "/me/export/{id}",
    response_class=Response,
    responses={
        200: {**_FILE, "description": "The archive."},
        206: {**_FILE, "description": "The part of it that was asked for."},
    },
    dependencies=[NO_QUERY],
)
@Own(
    access=("own",),
    problems=(EXPORT_NOT_READY, EXPORT_EXPIRED, RANGE_NOT_SATISFIABLE),
    headers={200: _OF_ALL, 206: {**_OF_ALL, "Content-Range": "Which part it is."}},
)
async def fetch_export(
    person: SignedIn,
    id: PathId,
    network: FromNetwork,
    ctx: Ctx,
    wanted: Annotated[str | None, Header(alias="Range", description="One range, as `bytes=0-1023`.")] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", description="The ETag of the rest that one has.")] = None,
) -> Response:
    """Fetches the archive of a copy: for whoever has asked for it alone, for seven days."""
    export = await exports.read(ctx.database, id)
    if export is None or export.owner != person:
        raise not_found()
    if export.person != person and not await is_guardian(ctx, person, export.person):
        raise not_found()  # the guardian of then
    if export.state == "pending":
        raise ProblemError(EXPORT_NOT_READY, headers={"Retry-After": str(_AGAIN_S)})
    if export.state == "expired":
        raise ProblemError(EXPORT_EXPIRED)
    if export.archive is None or export.size is None:
        raise not_found()
    key = await _key(ctx, export.person)
    tag = f'"{export.sha256}"'
    try:
        part = wanted_part(export.size, tag, wanted, if_range)
    except NotSatisfiable:
        raise ProblemError(RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{export.size}"}) from None
    if part is None or part.start == 0:  # a download that goes on is the same one
        await record(ctx.database, _event("export_downloaded", export.person, person, network))
    return _file(ctx.media, key, export.archive, export.size, tag, part)


async def _key(ctx: GatewayContext, person: UUID) -> Key:
    """Returns the key that opens the archive. Raises 404 for an erased person."""
    try:
        key = (await ctx.keys.find([person])).get(person)
    except DependencyDown:
        raise unavailable() from None
    if key is None:
        raise not_found()
    return key


def _event(event: Event, subject: UUID, by: UUID, network: str | None) -> SecurityEvent:
    return SecurityEvent(
        event=event,
        person=subject,
        actor=None if subject == by else by,
        network=network,
    )


def _file(media: Media, key: Key, place: str, size: int, tag: str, part: Part | None) -> Response:
    start, end = (0, size) if part is None else (part.start, part.end)
    headers = {
        "Cache-Control": NO_STORE,
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Content-Disposition": f'attachment; filename="{_NAME}"',
        "Content-Length": str(end - start),
    }
    if part is not None:
        headers["Content-Range"] = part.content_range
    content: AsyncIterator[bytes] = read_sealed(media, key, place, start, end)
    return StreamingResponse(content, 200 if part is None else 206, headers, _TYPE)
