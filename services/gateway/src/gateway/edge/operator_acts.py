"""Shows admins what operators did: `/admin/audit`. Security events are in `gateway.edge.audit`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, BaseModel, Field

from chassis.web.listing import Listed, PageQuery, page_of
from gateway.edge.callers import Caller
from gateway.edge.context import Ctx
from gateway.edge.document import Own
from gateway.edge.pagination import before, once
from gateway.edge.schemas import example
from gateway.jobs.operator_acts import Act, Operator, OperatorAct, Outcome, read_acts, record

router = APIRouter(prefix="/admin/audit", tags=["admin"])

#: the id of a dead letter, as the paths of `/admin` have it; of a job, a replay or an erasure; of a backup
OBJECT = r"^[a-z_]+(\.[a-z_0-9]+)?/[0-9a-f-]{36}$|^[0-9a-f-]{36}$|^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$"
_ACT = {
    "id": "018f6a1e-0000-7000-8000-00000000000b",
    "time": "2026-11-20T10:00:00Z",
    "act": "dead_letter_retried",
    "actor_id": "018f6a1e-0000-7000-8000-000000000002",
    "operator": None,
    "object": "speech.assess_attempt/018f6a1e-0000-7000-8000-00000000000c",
    "person_id": "018f6a1e-0000-7000-8000-000000000006",
    "reason": "The decoder is mended.",
    "outcome": "done",
    "settled_at": "2026-11-20T10:00:00.1Z",
    "detail": {"retry": 1},
}


class OperatorActOut(BaseModel):
    """Describes who did what, on what, why, and how it ended."""

    model_config = example(_ACT)

    id: UUID
    time: datetime
    act: str = Field(json_schema_extra={"enum": sorted(get_args(Act))})
    actor_id: UUID | None = Field(description="The account; null at the command line; of the erased, the erasure.")
    operator: str | None = Field(description="At the command line, the user and the machine.")
    object: str = Field(description="What it was done to; empty where it is no single thing.")
    person_id: UUID | None = Field(description="Whom the object is about; of the erased, the erasure.")
    reason: str | None
    outcome: Outcome
    settled_at: datetime
    detail: dict[str, Any]


class ActsQuery(PageQuery):
    """Asks for a page of acts: of one kind, on one object, about one person, by one account, later than a time."""

    act: Act | None = Field(None, description="What was done.")
    object: str | None = Field(None, max_length=120, pattern=OBJECT, description="What it was done to.")
    person: UUID | None = Field(None, description="Whom it was about.")
    actor: UUID | None = Field(None, description="The account that did it.")
    after: AwareDatetime | None = Field(None, description="Only later ones.")


async def _operator(caller: Caller) -> Operator:
    return Operator(account=caller.id)


#: who acts by a request
ByOperator = Annotated[Operator, Depends(_operator)]


@router.get("", dependencies=[once(ActsQuery)])
@Own(access=("admin",))
async def list_acts(by: ByOperator, ctx: Ctx, query: Annotated[ActsQuery, Query()]) -> Listed[OperatorActOut]:
    """Lists what operators did, newest first. That one looks for a person's is an act, too."""
    found = await read_acts(
        ctx.database,
        act=query.act,
        object=query.object,
        person=query.person,
        actor=query.actor,
        after=query.after,
        before=before(query),
        limit=query.limit + 1,
    )
    if query.person is not None:
        await record(ctx.database, OperatorAct(act="audit_read", by=by, person=query.person))
    return page_of(
        found, query, lambda row: OperatorActOut.model_validate(dict(row._mapping)), lambda row: (row.id, row.id)
    )
