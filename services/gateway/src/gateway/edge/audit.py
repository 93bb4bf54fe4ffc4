"""Shows security events: `/me/security-events` one's own, `/admin/security-events` all of them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError
from sqlalchemy import Row

from chassis.web.listing import Listed, PageQuery, page_of
from gateway.edge.callers import Caller, FromNetwork, SignedIn
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import Own
from gateway.edge.pagination import before, once
from gateway.edge.schemas import example
from gateway.edge.security_events import ABOUT_OTHERS, Event, SecurityEvent, read_events, record

router = APIRouter()

_EVENT = {
    "id": "018f6a1e-0000-7000-8000-000000000005",
    "time": "2026-11-20T10:00:00Z",
    "event": "signed_in",
    "issuer": "voxbus",
    "address": "192.0.2.0/24",
    "detail": {"session": "018f6a1e-0000-7000-8000-000000000003"},
}
_ID, _TIME = TypeAdapter(UUID), TypeAdapter(AwareDatetime)
_PERSON = "018f6a1e-0000-7000-8000-000000000002"


class SecurityEventOut(BaseModel):
    """Describes what happened to one's account. `address` is the network it came from, forgotten after 30 days."""

    model_config = example(_EVENT)

    id: UUID
    time: datetime
    event: str = Field(json_schema_extra={"enum": sorted(get_args(Event))})
    issuer: str | None
    address: str | None
    detail: dict[str, str | int | bool]


class AdminSecurityEventOut(SecurityEventOut):
    """Describes what happened to whom. `actor_id` is who did it to somebody else."""

    model_config = example({**_EVENT, "person_id": _PERSON, "actor_id": None})

    person_id: UUID | None
    actor_id: UUID | None


class OwnEventsQuery(PageQuery):
    """Asks for a page of one's own events."""


def _moment(value: object) -> object:
    for read in (_ID.validate_python, _TIME.validate_python):
        with suppress(ValidationError):
            return read(value)
    raise ValueError("must be a time such as 2026-11-20T10:00:00Z, or the id of an event")


class EventsQuery(PageQuery):
    """Asks for a page of events: about one person, of one kind, later than a time or an event."""

    person: UUID | None = Field(None, description="Whom they are about.")
    event: Event | None = Field(None, description="What happened.")
    after: Annotated[UUID | AwareDatetime | None, BeforeValidator(_moment)] = Field(
        None, description="Only later ones: than a time, or an event's `id`."
    )


@router.get("/me/security-events", tags=["accounts"], dependencies=[once(OwnEventsQuery)])
@Own(access=("own",))
async def list_own_events(
    person: SignedIn, ctx: Ctx, query: Annotated[OwnEventsQuery, Query()]
) -> Listed[SecurityEventOut]:
    """Lists one's sign-ins and what changed in one's account, newest first."""
    found = await read_events(
        ctx.database, person=person, without=ABOUT_OTHERS, before=before(query), limit=query.limit + 1
    )
    return page_of(
        found, query, lambda row: SecurityEventOut.model_validate(_shown(row, ctx)), lambda row: (row.id, row.id)
    )


@router.get("/admin/security-events", tags=["admin"], dependencies=[once(EventsQuery)])
@Own(access=("admin",))
async def list_events(
    caller: Caller, network: FromNetwork, ctx: Ctx, query: Annotated[EventsQuery, Query()]
) -> Listed[AdminSecurityEventOut]:
    """Lists security events, newest first. That one looks at a person's events is an event, too."""
    found = await read_events(
        ctx.database,
        person=query.person,
        events=() if query.event is None else (query.event,),
        after=query.after,
        before=before(query),
        limit=query.limit + 1,
    )
    if query.person is not None:
        event = SecurityEvent(
            event="events_read", person=query.person, actor=caller.id, issuer=caller.issuer, network=network
        )
        await record(ctx.database, event)
    return page_of(
        found,
        query,
        lambda row: AdminSecurityEventOut.model_validate(
            {**_shown(row, ctx), "person_id": row.person_id, "actor_id": row.actor_id}
        ),
        lambda row: (row.id, row.id),
    )


def _shown(row: Row[Any], ctx: GatewayContext) -> dict[str, Any]:
    return {
        "id": row.id,
        "time": row.time,
        "event": row.event,
        "issuer": None if row.issuer is None else ctx.issuers.name_of(row.issuer),
        "address": row.network,
        "detail": row.detail,
    }
