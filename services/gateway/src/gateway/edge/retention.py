"""Shows what is kept of people, why, and for how long: `/privacy/retention`."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.schemas import example

router = APIRouter(tags=["privacy"], dependencies=[NO_QUERY])

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


@router.get("/privacy/retention")
@Own(access=("public",))
async def read_retention(ctx: Ctx) -> RetentionOut:
    """Reads what is kept of people, why, and for how long."""
    return RetentionOut.model_validate({"items": ctx.retention.rows()})
