"""Serves webhooks: a URL of a person's own that is told when a job of that person has ended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Response
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import Row

from chassis.message.envelope import new_id
from chassis.web.listing import Listed
from chassis.web.problems import ProblemError, ProblemType, not_found
from chassis.web.proposal import JobAccepted, JobReference
from contracts.base import Command, JobKind
from contracts.catalogue import WEBHOOK_CREATE, WEBHOOK_DELETE
from contracts.gateway import CreateWebhook, DeleteWebhook, WebhookEvent
from gateway.edge import views
from gateway.edge.context import Ctx, GatewayContext, PathId, SignedIn
from gateway.edge.job_requests import IdempotencyKey, busy, conflict, idempotency
from gateway.edge.openapi import problems
from gateway.edge.pagination import Cursor, Limit, last_seen, page
from gateway.edge.schemas import JOB_ID, example
from gateway.jobs import reading as jobs
from gateway.jobs.accept import Accepted, Busy, Idempotency, IdempotencyConflict

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

#: seconds a quick write waits for its owner before it is left to be followed as a job
_QUICK = 2.0
_EXAMPLE: dict[str, Any] = {
    "id": JOB_ID,
    "url": "https://example.org/voxbus",
    "events": ["job.succeeded", "job.failed"],
    "created_at": "2026-11-20T10:00:00Z",
    "disabled_at": None,
}
_SECRET = "whsec_T2ggd2hhdCBhIHNlY3JldCB0aGlzIGlzLCB0cnVseSE="  # noqa: S105  of the documentation


def _web_address(value: str) -> str:
    """Checks the form of a URL; the notify service checks the address before it calls it."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("https", "http") or not value.isascii() or not value.isprintable():
        raise ValueError("must be an https:// address")
    if "@" in parts.netloc or parts.fragment or " " in value:
        raise ValueError("must hold no user, no fragment and no spaces")
    return value


def _each_once(events: list[WebhookEvent]) -> list[WebhookEvent]:
    if len(set(events)) != len(events):
        raise ValueError("must name each event once")
    return events


class NewWebhook(BaseModel):
    """Asks for a webhook: `events` are sent to `url`, which must be https and lead to a public address."""

    model_config = example({"url": _EXAMPLE["url"], "events": _EXAMPLE["events"]})

    url: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_web_address)]
    events: Annotated[list[WebhookEvent], Field(min_length=1, max_length=3), AfterValidator(_each_once)]


class Webhook(BaseModel):
    """Describes a webhook. `disabled_at`: since when nothing is sent, because the URL answered with 410."""

    model_config = example(_EXAMPLE)

    id: UUID
    url: str
    events: list[WebhookEvent]
    created_at: datetime
    disabled_at: datetime | None


class WebhookMade(Webhook):
    """Carries a new webhook. `secret` is shown only once; it checks signatures as Standard Webhooks 1.0 says."""

    model_config = example({**_EXAMPLE, "secret": _SECRET})

    secret: str


class WebhookReference(BaseModel):
    """Refers to a webhook that is being made, with its secret."""

    id: UUID
    secret: str


class WebhookAccepted(JobAccepted):
    """Answers when the webhook was not made within 2 seconds: follow the job."""

    model_config = example(
        {
            "job": {"id": JOB_ID, "kind": "webhook_create", "status": "accepted"},
            "webhook": {"id": JOB_ID, "secret": _SECRET},
        }
    )

    webhook: WebhookReference


class Delivery(BaseModel):
    """Describes the delivery of one event: `status` of the last answer, or `error` if there was no answer.

    `pending`: it is tried again, 15 times within 6 hours. `dropped`: the webhook was deleted or disabled before.
    """

    model_config = example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000006",
            "event": "job.succeeded",
            "job_id": "018f6a1e-0000-7000-8000-000000000007",
            "state": "delivered",
            "tries": 1,
            "status": 204,
            "error": None,
            "created_at": "2026-11-20T10:00:03Z",
            "tried_at": "2026-11-20T10:00:03.1Z",
        }
    )

    id: UUID
    event: WebhookEvent
    job_id: UUID
    state: Literal["pending", "delivered", "failed", "dropped"]
    tries: int
    status: int | None
    error: str | None
    created_at: datetime
    tried_at: datetime | None


def _own(person: UUID) -> sa.Select[Any]:
    return sa.select(views.WEBHOOKS).where(views.WEBHOOKS.c.person_id == person)


async def _find(ctx: GatewayContext, webhook_id: UUID, person: UUID) -> Row[Any] | None:
    return await views.first(ctx.database, _own(person).where(views.WEBHOOKS.c.id == webhook_id))


@router.post(
    "",
    status_code=201,
    response_model=WebhookMade,
    responses={
        202: {"model": WebhookAccepted, "description": "Not made within 2 seconds: follow the job."},
        **problems(400, 401, 409, 413, 422, 503, s409=("too-many-webhooks", "Too many webhooks")),
    },
)
async def create_webhook(
    body: NewWebhook, person: SignedIn, ctx: Ctx, key: IdempotencyKey = None
) -> WebhookMade | Response:
    """Makes a webhook: its URL gets a signed POST of `{type, timestamp, data: {job_id, kind}}` when a job ends.

    Answer with 2xx within 10 seconds; anything else is tried again, and 410 ends it. The same message may come twice:
    `webhook-id` is the same then.
    """
    job_id = new_id()
    command = CreateWebhook(webhook_id=job_id, person_id=person, url=body.url, events=tuple(body.events))
    once = idempotency("POST /webhooks", key, {"url": body.url, "events": ",".join(sorted(body.events))})
    accepted = await _accept(ctx, WEBHOOK_CREATE, command, job_id, person, once)
    secret = ctx.webhook_secret(accepted.job_id)
    await ctx.hub.wait(accepted.job_id, _QUICK)
    row = await _find(ctx, accepted.job_id, person)
    if row is not None:
        made = Webhook.model_validate(row, from_attributes=True)
        return WebhookMade(**made.model_dump(), secret=secret)
    reference = await _reference(ctx, accepted, person, WEBHOOK_CREATE)
    webhook = WebhookReference(id=accepted.job_id, secret=secret)
    return _followed(WebhookAccepted(job=reference, webhook=webhook))


@router.get("", responses=problems(401, 422, 503))
async def list_webhooks(person: SignedIn, ctx: Ctx, limit: Limit = 20, cursor: Cursor = None) -> Listed[Webhook]:
    """Lists one's own webhooks, newest first."""
    column = views.WEBHOOKS.c.id
    statement = _own(person).order_by(column.desc()).limit(limit + 1)
    before = last_seen(cursor)
    if before is not None:
        statement = statement.where(column < before)
    found = await views.rows(ctx.database, statement)
    return page(found, limit, lambda row: Webhook.model_validate(row, from_attributes=True), lambda row: row.id)


@router.delete(
    "/{id}",
    status_code=204,
    response_class=Response,
    response_description="Forgotten, with its deliveries.",
    responses={
        202: {"model": JobAccepted, "description": "Not done within 2 seconds: follow the job."},
        **problems(401, 404, 503),
    },
)
async def delete_webhook(id: PathId, person: SignedIn, ctx: Ctx) -> Response:
    """Deletes a webhook: its URL is called no more."""
    if await _find(ctx, id, person) is None:
        raise not_found()
    command = DeleteWebhook(webhook_id=id, person_id=person)
    accepted = await _accept(ctx, WEBHOOK_DELETE, command, new_id(), person, None)
    await ctx.hub.wait(accepted.job_id, _QUICK)
    if await _find(ctx, id, person) is None:
        return Response(status_code=204)
    return _followed(JobAccepted(job=await _reference(ctx, accepted, person, WEBHOOK_DELETE)))


@router.get("/{id}/deliveries", responses=problems(401, 404, 422, 503))
async def list_deliveries(
    id: PathId, person: SignedIn, ctx: Ctx, limit: Limit = 20, cursor: Cursor = None
) -> Listed[Delivery]:
    """Lists the deliveries of a webhook, newest first."""
    if await _find(ctx, id, person) is None:
        raise not_found()
    of = views.WEBHOOK_DELIVERIES.c
    statement = sa.select(views.WEBHOOK_DELIVERIES).where(of.webhook_id == id, of.person_id == person)
    statement = statement.order_by(of.id.desc()).limit(limit + 1)
    before = last_seen(cursor)
    if before is not None:
        statement = statement.where(of.id < before)
    found = await views.rows(ctx.database, statement)
    return page(found, limit, lambda row: Delivery.model_validate(row, from_attributes=True), lambda row: row.id)


async def _accept(
    ctx: GatewayContext, kind: JobKind, command: Command, job_id: UUID, person: UUID, once: Idempotency | None
) -> Accepted:
    try:
        return await ctx.acceptance.accept(kind, command, job_id=job_id, person_id=person, idempotency=once)
    except IdempotencyConflict:
        raise conflict() from None
    except Busy as error:
        raise busy(error) from None


async def _reference(ctx: GatewayContext, accepted: Accepted, person: UUID, kind: JobKind) -> JobReference:
    """Returns the job in its present state. Raises the problem of a failed job."""
    job = await jobs.read_job(ctx.database, accepted.job_id, person)
    if job is not None and job.problem is not None:
        problem = job.problem
        name = problem.type.removeprefix("/problems/")
        raise ProblemError(ProblemType(name=name, status=problem.status, title=problem.title, detail=problem.detail))
    status = accepted.status if job is None else job.status
    return JobReference.model_validate({"id": accepted.job_id, "kind": kind.name, "status": status})


def _followed(answer: JobAccepted) -> Response:
    return Response(answer.model_dump_json(), 202, {"Location": f"/jobs/{answer.job.id}"}, "application/json")
