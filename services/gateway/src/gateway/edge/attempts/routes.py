"""Serves attempts: takes a recording, and shows its assessment and feedback as soon as they exist."""

from __future__ import annotations

import json
from collections.abc import Awaitable
from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.errors import Erased, Retryable
from chassis.message.envelope import new_id
from chassis.observe.logs import bind_job
from chassis.text import checked
from chassis.web.idempotency import canonical, check_key
from chassis.web.listing import Listed, PageQuery
from chassis.web.operation import Consent
from chassis.web.principal import Principal
from chassis.web.problems import (
    BUSY,
    IDEMPOTENCY_CONFLICT,
    OUTCOME_UNKNOWN,
    UNSUPPORTED_MEDIA_TYPE,
    invalid,
    not_found,
)
from chassis.web.proposal import JobReference
from contracts.base import Ref
from contracts.catalogue import ATTEMPT
from contracts.gateway import AssessAttempt
from gateway.consents import kept_recordings
from gateway.edge.attempts import reading as attempt_reading
from gateway.edge.attempts.kept_copy import keep_copy
from gateway.edge.attempts.media_signature import RECORDING
from gateway.edge.attempts.schemas import (
    LONGEST_TEXT,
    NEW_ATTEMPT,
    AttemptAccepted,
    AttemptOut,
    AttemptOutcome,
    AttemptReference,
)
from gateway.edge.callers import Caller, SignedIn, person_of
from gateway.edge.consent import is_of_age
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.job_requests import IdempotencyKey, Prefer, busy, conflict, idempotency
from gateway.edge.outcome import outcome_in_time
from gateway.edge.pagination import Once
from gateway.edge.problems import unavailable
from gateway.edge.upload import Upload, read_upload
from gateway.jobs.accept import Accepted, Busy, IdempotencyConflict
from gateway.jobs.measured import note_accepted
from gateway.jobs.reading import JobView
from gateway.jobs.recordings import recording_key

router = APIRouter(prefix="/attempts", tags=["attempts"])

_ROUTE = "POST /attempts"


class AttemptsQuery(PageQuery):
    """Asks for a page of attempts."""


async def _may_record(request: Request, caller: Caller, ctx: Ctx) -> UUID:
    """Checks everything that can be checked before the body is read.

    That a guardian has consented for a child is known by then. No recording is read above the outbox budget, when there
    is no room for it, or when too many wait already.
    """
    person = person_of(caller)
    if ctx.disks.full():
        raise unavailable()
    try:
        ctx.acceptance.check_budget()
    except Busy as error:
        raise busy(error) from None
    await ctx.waiting.check(request.scope, person)
    return person


@router.post(
    "",
    status_code=202,
    response_model=AttemptAccepted,
    responses={
        200: {"model": AttemptOutcome, "description": "With `Prefer: wait`: the attempt, or the job if it failed."},
    },
    dependencies=[NO_QUERY],
)
@Own(
    access=("signed-in",),
    consent=Consent("assess_voice", "voxbus"),
    limits=("upload",),
    job=ATTEMPT,
    result="readAttempt",
    form=NEW_ATTEMPT,
    problems=(UNSUPPORTED_MEDIA_TYPE, IDEMPOTENCY_CONFLICT, BUSY, OUTCOME_UNKNOWN),
    headers={
        202: {"Location": "Where to follow the job."},
        200: {"Preference-Applied": "`wait=N`: the seconds that were allowed."},
    },
)
async def create_attempt(
    request: Request,
    person: Annotated[UUID, Depends(_may_record)],
    caller: Caller,
    ctx: Ctx,
    prefer: Prefer = None,
    key: IdempotencyKey = None,
) -> Response:
    """Sends one recording of a twister, or of a text of one's own, to be heard and assessed."""
    async with (
        ctx.uploads.place(person) as took,
        read_upload(request, "recording", RECORDING, ctx.settings.http_timeouts.upload, took) as upload,
    ):
        twister_id, text, language = await _what_was_read(upload, ctx)
        accepted = await _accept(ctx, caller, upload, twister_id, text, language, key)
        note_accepted(ATTEMPT.name)
    ended = await outcome_in_time(
        ctx.hub,
        ctx.database,
        ctx.keys,
        accepted.job_id,
        person,
        prefer=prefer,
        operation=_ROUTE,
        read_result=partial(_read_result, ctx, person),
    )
    if ended is not None:
        return ended
    reference = JobReference.model_validate({"id": accepted.job_id, "kind": ATTEMPT.name, "status": accepted.status})
    body = AttemptAccepted(job=reference, attempt=AttemptReference(id=accepted.job_id))
    return Response(body.model_dump_json(), 202, {"Location": f"/jobs/{accepted.job_id}"}, "application/json")


@router.get("")
@Own(access=("own",))
async def list_attempts(
    person: SignedIn, _: Once, ctx: Ctx, query: Annotated[AttemptsQuery, Query()]
) -> Listed[AttemptOut]:
    """Lists one's own attempts, newest first."""
    return await attempt_reading.some(ctx.database, ctx.keys, person, query)


@router.get("/{id}", dependencies=[NO_QUERY])
@Own(access=("own",))
async def read_attempt(person: SignedIn, id: PathId, ctx: Ctx) -> AttemptOut:
    """Reads one attempt: `pending` from the first moment, with each part as it comes."""
    bind_job(id)
    attempt = await attempt_reading.one(ctx.database, ctx.keys, person, id)
    if attempt is None:
        raise not_found()
    return attempt


async def _what_was_read(upload: Upload, ctx: GatewayContext) -> tuple[UUID | None, str, str]:
    """Returns twister, text and language of the request. Raises 422 for a wrong field."""
    language = upload.fields.get("language", "en")
    if language != "en":
        raise invalid(("language", "only en is understood so far"))
    twister, text = upload.fields.get("twister_id"), upload.fields.get("text")
    if (twister is None) == (text is None):
        raise invalid(("twister_id", "send either twister_id or text"))
    if text is not None:
        return None, _own_text(text), language
    try:
        found = await attempt_reading.find_twister(ctx.database, UUID(twister))
    except ValueError:
        found = None
    if found is None:
        raise invalid(("twister_id", "there is no such twister"))
    return found.id, found.text, found.language


def _own_text(text: str) -> str:
    try:
        own = checked(text)
    except ValueError as error:
        raise invalid(("text", str(error))) from None
    if not 1 <= len(own) <= LONGEST_TEXT:
        raise invalid(("text", f"must have 1 to {LONGEST_TEXT} characters"))
    if not any(character.isalnum() for character in own):
        raise invalid(("text", "must hold a word that can be said"))
    return own


async def _accept(
    ctx: GatewayContext,
    caller: Principal,
    upload: Upload,
    twister_id: UUID | None,
    text: str,
    language: str,
    key: str | None,
) -> Accepted:
    """Stores the recording, then accepts the command that refers to it."""
    job_id, person = new_id(), person_of(caller)
    check_key(key)
    ref = await _store(ctx, job_id, upload)
    asked = {
        "twister_id": None if twister_id is None else str(twister_id),
        "text": text if twister_id else upload.fields["text"].strip(),  # as sent: rules for texts may change
        "language": language,
        "recording": ref.sha256,
    }
    wanted = idempotency(_ROUTE, key, canonical(json.dumps(asked).encode()))
    command = AssessAttempt(
        attempt_id=job_id,
        person_id=person,
        twister_id=twister_id,
        text=text,
        language=language,
        recording=ref,
        by_consent=not is_of_age(caller),
    )
    beside = await keep_copy(ctx, job_id, person, upload)
    accepting = ctx.acceptance.accept(
        ATTEMPT,
        command,
        job_id=job_id,
        person_id=person,
        idempotency=wanted,
        recording_bytes=ref.size,
        beside=beside,
    )
    return await _accepted(ctx, job_id, ref, accepting)


async def _accepted(ctx: GatewayContext, job_id: UUID, ref: Ref, accepting: Awaitable[Accepted]) -> Accepted:
    """Waits for an acceptance. Deletes what was stored for it where it is known that no job refers to it.

    Where that is not known, the hourly sweep decides.
    """
    kept = True
    try:
        accepted = await accepting
        kept = not accepted.replayed
        return accepted
    except IdempotencyConflict:
        kept = False
        raise conflict() from None
    except Busy as error:
        kept = error.unknown
        raise busy(error) from None
    except Erased:
        kept = False
        raise
    finally:
        if not kept:
            with suppress(Retryable):  # else the hourly sweep deletes the object
                await ctx.media.delete([ref.key, kept_recordings.kept_key(job_id)])


async def _store(ctx: GatewayContext, job_id: UUID, upload: Upload) -> Ref:
    """Stores a recording. Only this function holds its bytes in memory, for a few recordings at a time."""

    async def write() -> Ref:
        return await ctx.media.write(recording_key(job_id), await upload.read(), upload.media_type)

    return await ctx.uploads.store(write)


async def _read_result(ctx: GatewayContext, person: UUID, job: JobView) -> Response | None:
    attempt = await attempt_reading.one(ctx.database, ctx.keys, person, job.id)
    return None if attempt is None else Response(attempt.model_dump_json(), media_type="application/json")
