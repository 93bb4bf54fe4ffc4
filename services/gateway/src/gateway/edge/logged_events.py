"""Shows admins events of the log: `/admin/events`, a page of them as JSON or a whole tape as NDJSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from chassis.filters import Filters
from chassis.message.envelope import id_time
from chassis.web.cursor import refused
from chassis.web.fields import Lines
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import invalid
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.document import Own
from gateway.edge.operator_acts import ByOperator
from gateway.edge.operator_filters import FilterQuery, person_of_act
from gateway.edge.pagination import before, once
from gateway.edge.schemas import example
from gateway.jobs.operator_acts import REASON_MAX, Act, Operator, OperatorAct, record
from gateway.operate import events, log_reading, tape
from gateway.operate.log_reading import Logged

router = APIRouter(prefix="/admin/events", tags=["admin"])

NDJSON = "application/x-ndjson"
_ID = "018f6a1e-0000-7000-8000-00000000000c"
_EVENT = {
    "specversion": "1.0",
    "id": _ID,
    "source": "voxbus/feedback",
    "type": "step.started",
    "time": "2026-11-20T10:00:00Z",
    "dataschema": "voxbus:step.started:1.0",
    "datacontenttype": "application/json",
    "voxbusjob": "018f6a1e-0000-7000-8000-000000000001",
    "voxbusseq": 4,
    "voxbusperson": "018f6a1e-0000-7000-8000-000000000002",
    "voxbuscause": None,
    "voxbuserased": False,
    "data": {"step": "feedback.give_feedback", "tries": 1},
}


class LoggedEventOut(BaseModel):
    """Describes an event of the log as a CloudEvent 1.0. One without `data` is an erased person's, or unreadable."""

    model_config = example(_EVENT)

    specversion: str
    id: UUID
    source: str
    type: str
    time: datetime
    dataschema: str = Field(description="`voxbus:<type>:<major>.<minor>`.")
    datacontenttype: str
    voxbusjob: UUID | None = Field(None, description="The job whose stream it is in.")
    voxbusseq: int = Field(description="Its number in that stream, from 1.")
    voxbusperson: UUID | None = None
    voxbuscause: UUID | None = Field(None, description="The message that it followed from.")
    voxbuserased: bool = False
    data: dict[str, Any] | None = Field(None, description="Personal fields are masked unless they are revealed.")


class LoggedEventsQuery(PageQuery, FilterQuery):
    """Asks for events: emitted within a time, of types, of one job, person or kind of job; or for one by its id."""

    event: UUID | None = Field(None, description="The one with this id, whatever else is asked for.")
    most: int | None = Field(None, ge=1, le=2**31 - 1, description=f"How many at most, of a tape ({NDJSON}).")
    follow: bool = Field(False, description=f"As they are recorded, until the client goes ({NDJSON}).")
    reveal: bool = Field(False, description="Show personal fields. Needs a reason.")
    reason: Annotated[str | None, Lines] = Field(
        None, min_length=1, max_length=REASON_MAX, description="Why, for the audit."
    )


@router.get(
    "",
    response_model=Listed[LoggedEventOut],
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
    dependencies=[once(LoggedEventsQuery)],
)
@Own(access=("admin",))
async def list_logged_events(
    by: ByOperator, request: Request, ctx: Ctx, query: Annotated[LoggedEventsQuery, Query()]
) -> Any:
    """Lists events of the log, newest first; with `Accept: application/x-ndjson` a tape of them, oldest first."""
    if query.reveal and query.reason is None:
        raise invalid(("reason", "is required where personal fields are revealed"))
    filters = await query.shared(ctx.database)
    is_tape = NDJSON in request.headers.get("accept", "")
    await record(ctx.database, _act(by, query, filters))
    if is_tape:
        parts = _followed(ctx, filters) if query.follow else _pulled(ctx, query, filters)
        return StreamingResponse(parts, media_type=NDJSON, headers={"Cache-Control": "no-store"})
    found = await _page(ctx, query, filters)
    shown = {each.logged.envelope.id: each for each in await events.show(ctx.keys, found, reveal=query.reveal)}
    return page_of(
        found,
        query,
        lambda row: LoggedEventOut.model_validate(tape.cloud_event(shown[row.envelope.id])),
        lambda row: (row.envelope.id, row.envelope.id),
    )


async def _page(ctx: GatewayContext, query: LoggedEventsQuery, filters: Filters) -> list[Logged]:
    if query.event is not None:
        found = await log_reading.find(ctx.database, query.event)
        return [] if found is None else [found]
    last = before(query)
    place = None if last is None else await _place(ctx, last)
    return await log_reading.newest(ctx.database, filters, query.limit + 1, place)


async def _place(ctx: GatewayContext, last: UUID) -> tuple[datetime, UUID]:
    """Returns time and id of the last event of the page before; of one that is gone, the time in its id."""
    try:
        found = await log_reading.find(ctx.database, last)
        return (id_time(last) if found is None else found.envelope.time), last
    except (ValueError, OverflowError):  # no event was made then
        raise refused() from None


def _pulled(ctx: GatewayContext, query: LoggedEventsQuery, filters: Filters) -> AsyncIterator[bytes]:
    return tape.pull(ctx.database, ctx.keys, replace(filters, limit=query.most), reveal=query.reveal)


async def _followed(ctx: GatewayContext, filters: Filters) -> AsyncIterator[bytes]:
    """Yields events as lines until the client goes or the gateway drains."""
    async with aclosing(events.follow(ctx.database, ctx.keys, filters)) as pages:
        async for page in pages:
            if ctx.stopping.is_set():
                return
            yield b"".join(tape.line(tape.cloud_event(each)) for each in page) or b"\n"


def _act(by: Operator, query: LoggedEventsQuery, filters: Filters) -> OperatorAct:
    act: Act = "events_revealed" if query.reveal else "events_read"
    if query.event is not None:
        act = "event_shown"
    asked = tape.filters_of(filters)
    asked.pop("person", None)
    return OperatorAct(
        act=act,
        by=by,
        object="" if query.event is None else str(query.event),
        person=person_of_act(filters),
        reason=query.reason,
        detail={"filters": asked, "revealed": query.reveal},
    )
