"""Takes signed forms from guardians, `/guardian/evidence`, and lets admins decide about them, `/admin/evidence`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from chassis.errors import DependencyDown
from chassis.privacy.law import Purpose, Recipient
from chassis.web.fields import Lines
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import FORBIDDEN, UNSUPPORTED_MEDIA_TYPE, ProblemError, invalid, not_found
from chassis.web.validation import Input
from gateway.consents import evidence, forms
from gateway.consents.forms import Form
from gateway.edge import consent, signed_forms
from gateway.edge.auth.roles import Act
from gateway.edge.auth.sessions import LAST_ID
from gateway.edge.callers import Caller, FromNetwork, SignedIn
from gateway.edge.consent_schemas import CHILD_ID
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import Once, before
from gateway.edge.problems import ALREADY_DECIDED, unavailable
from gateway.edge.schemas import example
from gateway.edge.security_events import SecurityEvent, record
from gateway.edge.signed_forms import AlreadyDecided, OwnForm
from gateway.edge.upload import Taken, read_upload

router = APIRouter()

_SIGNATURES = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
)
_FORM_ID = "018f6a1e-0000-7000-8000-00000000000a"
NEW_FORM: dict[str, Any] = {
    "title": "NewEvidence",
    "description": "Carries a form that a guardian has signed, and the child that it is about.",
    "type": "object",
    "required": ["form", "child_id"],
    "properties": {
        "form": {
            "type": "string",
            "contentMediaType": "application/octet-stream",
            "description": "PDF, JPEG or PNG; at most 5 MB.",
        },
        "child_id": {"type": "string", "format": "uuid"},
    },
    "examples": [{"form": "(a file)", "child_id": CHILD_ID}],
}


def kind_of(head: bytes) -> str | None:
    """Returns the media type of a form by its first bytes; None for one that is not taken."""
    return next((kind for beginning, kind in _SIGNATURES if head.startswith(beginning)), None)


FORM = Taken(limit=5 * 1024 * 1024, head=16, judge=kind_of, refusal="is no PDF, JPEG or PNG")


class EvidenceOut(BaseModel):
    """Names a form that was sent, to be named by consents that wait for it."""

    model_config = example({"id": _FORM_ID, "state": "pending"})

    id: UUID
    state: Literal["pending", "approved", "refused", "expired"]


class PairOut(BaseModel):
    """Names what a consent is for, and who gets the data."""

    purpose: Purpose
    recipient: Recipient


class FormOut(EvidenceOut):
    """Describes a form as an admin sees it. `waiting` are the consents that hold once it is approved."""

    model_config = example(
        {
            "id": _FORM_ID,
            "state": "pending",
            "child_id": CHILD_ID,
            "guardian_id": "018f6a1e-0000-7000-8000-000000000002",
            "media_type": "application/pdf",
            "size": 81234,
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "sent_at": "2026-11-20T10:00:00Z",
            "waiting": [{"purpose": "ai_text", "recipient": "openai"}],
            "reason": None,
            "decided_by": None,
            "decided_at": None,
        }
    )

    child_id: UUID
    guardian_id: UUID
    media_type: str
    size: int
    sha256: str
    sent_at: datetime
    waiting: list[PairOut]
    reason: str | None
    decided_by: UUID | None
    decided_at: datetime | None


class Decide(Input):
    """Carries a decision about a form, and why."""

    model_config = example({"approve": True, "reason": "Signed by the mother, names the child."})

    approve: bool
    reason: Annotated[str, Lines] = Field(min_length=1, max_length=500)


class FormsQuery(PageQuery):
    """Asks for a page of forms."""


async def _act(caller: Caller, network: FromNetwork) -> Act:
    return Act(caller.id, caller.issuer, network)


Acting = Annotated[Act, Depends(_act)]


async def _sent(person: SignedIn, made: UUID, ctx: GatewayContext) -> EvidenceOut:
    """Reads again what was sent."""
    form = await _form(ctx, made)
    if form.by != person:
        raise not_found()
    return EvidenceOut(id=form.id, state=form.state)


async def _decided(id: UUID, ctx: GatewayContext) -> FormOut:
    """Reads again what was decided."""
    return await _shown(ctx, await _form(ctx, id))


@router.post("/guardian/evidence", status_code=201, tags=["guardians"], dependencies=[NO_QUERY])
@Own(access=("signed-in",), limits=("upload",), form=NEW_FORM, problems=(UNSUPPORTED_MEDIA_TYPE,), again=_sent)
async def send_evidence(person: SignedIn, request: Request, write: Keyed, ctx: Ctx) -> EvidenceOut:
    """Sends a signed form for a child of one's own. An admin decides about it; the file is deleted then."""
    async with (
        ctx.uploads.place(person) as took,
        read_upload(request, "form", FORM, ctx.settings.http_timeouts.upload, took) as upload,
    ):
        child, content = _id(upload.fields.get("child_id")), await upload.read()
        await write.asks(f"{child} {hashlib.sha256(content).hexdigest()}".encode())
        form = await signed_forms.send(ctx, person, child, content, upload.media_type, write)
    return EvidenceOut(id=form.id, state=form.state)


@router.get("/admin/evidence", tags=["admin"])
@Own(access=("admin",))
async def list_evidence(caller: Caller, _: Once, ctx: Ctx, query: Annotated[FormsQuery, Query()]) -> Listed[FormOut]:
    """Lists the signed forms that wait for a decision, newest first."""
    found = await forms.page(ctx.database, before(query) or LAST_ID, query.limit + 1)
    shown = {form.id: await _shown(ctx, form) for form in found[: query.limit]}
    return page_of(found, query, lambda form: shown[form.id], lambda form: (form.id, form.id))


@router.get("/admin/evidence/{id}", tags=["admin"], dependencies=[NO_QUERY])
@Own(access=("admin",))
async def read_evidence(caller: Caller, id: PathId, ctx: Ctx) -> FormOut:
    """Reads what was decided about a form, or what waits for that. The form itself is at `…/form`."""
    return await _shown(ctx, await _form(ctx, id))


@router.get(
    "/admin/evidence/{id}/form",
    tags=["admin"],
    response_class=Response,
    responses={200: {"content": {kind: {"schema": {"type": "string"}} for _, kind in _SIGNATURES}}},
    dependencies=[NO_QUERY],
)
@Own(access=("admin",))
async def read_evidence_form(act: Acting, id: PathId, ctx: Ctx) -> Response:
    """Reads the file of a form that waits, as it was sent. That one has looked at it is a security event."""
    form = await _form(ctx, id)
    try:
        key = (await ctx.keys.find([form.child])).get(form.child)
    except DependencyDown:
        raise unavailable() from None
    content = None if key is None else await forms.content(ctx.database, id, key)
    if content is None:
        raise not_found()
    event = SecurityEvent(
        event="form_read",
        person=form.child,
        actor=act.actor,
        issuer=act.issuer,
        network=act.network,
        detail={"form": str(id)},
    )
    await record(ctx.database, event)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f"attachment; filename=form.{form.media_type.partition('/')[2]}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, headers=headers, media_type=form.media_type)


@router.post("/admin/evidence/{id}", tags=["admin"], dependencies=[NO_QUERY])
@Own(access=("admin",), problems=(ALREADY_DECIDED, FORBIDDEN), again=_decided)
async def decide_evidence(act: Acting, id: PathId, body: Decide, write: Keyed, ctx: Ctx) -> FormOut:
    """Approves a signed form or refuses it, with every consent that waits for it. Its file is deleted."""
    try:
        form = await signed_forms.decide(ctx, id, body.approve, body.reason, act, write)
    except AlreadyDecided:
        raise ProblemError(ALREADY_DECIDED) from None
    except OwnForm:
        raise ProblemError(FORBIDDEN, "Somebody else has to decide about a form of your own.") from None
    await consent.tell_guardians(ctx, form.child)
    return await _shown(ctx, form)


def _id(text: str | None) -> UUID:
    try:
        return UUID(text or "")
    except ValueError:
        raise invalid(("child_id", "must be the id of a child")) from None


async def _form(ctx: GatewayContext, id: UUID) -> Form:
    form = await forms.read(ctx.database, id)
    if form is None:
        raise not_found()
    return form


async def _shown(ctx: GatewayContext, form: Form) -> FormOut:
    decided = await evidence.of_person(ctx.database, form.child)
    waiting = [pair for pair, each in decided.items() if each.last.state == "pending" and each.last.evidence == form.id]
    return FormOut(
        id=form.id,
        state=form.state,
        child_id=form.child,
        guardian_id=form.by,
        media_type=form.media_type,
        size=form.size,
        sha256=form.sha256,
        sent_at=form.at,
        waiting=[PairOut(purpose=purpose, recipient=recipient) for purpose, recipient in waiting],
        reason=form.reason,
        decided_by=form.decided_by,
        decided_at=form.decided_at,
    )
