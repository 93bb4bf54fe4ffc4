"""Shows what is kept of people and for how long, `/privacy/retention`, and what was deleted, to admins."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from chassis.web.listing import Listed, PageQuery, page_of
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.pagination import before, once
from gateway.edge.schemas import example
from gateway.jobs.receipts import read_receipts

router = APIRouter(tags=["privacy"])

_ROW = {
    "class": "notification",
    "what": "What one was told in the application",
    "why": "To read it later",
    "basis": "the service that one uses",
    "keep": "90 d",
    "from": "when it was delivered",
    "service": "notify",
}


class RetentionRow(BaseModel):
    """Describes what a service keeps of a class of data, and for how long: `keep`, which begins with `from`."""

    model_config = example(_ROW)

    kind: str = Field(alias="class")
    what: str
    why: str
    basis: str
    keep: str
    start: str = Field(alias="from")
    service: str


class RetentionOut(BaseModel):
    """Lists the table by which this installation deletes."""

    model_config = example({"items": [_ROW]})

    items: list[RetentionRow]


class ReceiptOut(BaseModel):
    """Says that a service has deleted `items` of a class because their time was over; the oldest was of `oldest_at`."""

    model_config = example(
        {
            "id": "018f6a1e-0000-7000-8000-00000000000a",
            "service": "notify",
            "class": "notification",
            "items": 120,
            "oldest_at": "2026-08-22T10:00:00Z",
            "done_at": "2026-11-20T10:00:00Z",
        }
    )

    id: UUID
    service: str
    kind: str = Field(alias="class")
    items: int
    oldest_at: datetime | None
    done_at: datetime


class ReceiptsQuery(PageQuery):
    """Asks for a page of receipts."""


@router.get("/admin/retention/receipts", dependencies=[once(ReceiptsQuery)])
@Own(access=("admin",))
async def list_receipts(ctx: Ctx, query: Annotated[ReceiptsQuery, Query()]) -> Listed[ReceiptOut]:
    """Lists what was deleted because its time was over, newest first; each receipt is of up to 1,000 items."""
    found = await read_receipts(ctx.database, before=before(query), limit=query.limit + 1)
    return page_of(
        found, query, lambda row: ReceiptOut.model_validate(dict(row._mapping)), lambda row: (row.id, row.id)
    )


@router.get("/privacy/retention", dependencies=[NO_QUERY])
@Own(access=("public",))
async def read_retention(ctx: Ctx) -> RetentionOut:
    """Reads what is kept of people, why, and for how long."""
    return RetentionOut.model_validate({"items": ctx.retention.rows()})
