"""Lets admins find dead letters, and retry or drop them: `/admin/dead-letters`. What personal fields hold is masked."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field
from sqlalchemy import Row

from chassis.storage.database import Database, Transaction
from chassis.web.cursor import read_cursor, refused
from chassis.web.fields import Lines
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, ProblemType, not_found
from chassis.web.validation import Input
from contracts.base import Problem
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.operator_acts import ByOperator, OperatorActOut
from gateway.edge.operator_filters import FilterQuery, person_of_act
from gateway.edge.pagination import once
from gateway.edge.schemas import example
from gateway.jobs import dead_letters as letters
from gateway.jobs.dead_letters import WHY, LetterFilters, LetterId, NoSuchLetter, Wanted
from gateway.jobs.letter_views import LetterView, view_of
from gateway.jobs.operator_acts import REASON_MAX, Operator, OperatorAct, read_act, record

router = APIRouter(prefix="/admin/dead-letters", tags=["admin"])

LETTER_STAYS = ProblemType(
    name="dead-letter-stays",
    status=409,
    title="The dead letter stays as it is",
    detail="Nothing that an operator does can deliver this message again.",
)
_HANDLER = r"^[a-z]+\.[a-z_0-9]{1,60}$"
_LETTER = {
    "id": "speech.assess_attempt/018f6a1e-0000-7000-8000-00000000000c",
    "group": "3f1c9a02",
    "handler": "speech.assess_attempt",
    "message_id": "018f6a1e-0000-7000-8000-00000000000c",
    "type": "attempt.assess",
    "version": "1.0",
    "job_id": "018f6a1e-0000-7000-8000-000000000001",
    "person_id": "018f6a1e-0000-7000-8000-000000000006",
    "problem": {"type": "/problems/gave-up", "title": "The work failed each time it was tried", "status": 500},
    "tries": 5,
    "died_at": "2026-11-20T10:00:00Z",
    "expired": False,
    "edited": False,
}


class DeadLetterOut(BaseModel):
    """Describes a message that a handler has given up. `expired`: it is too old to be retried."""

    model_config = example(_LETTER)

    id: str
    group: str
    handler: str
    message_id: UUID
    type: str | None
    version: str | None
    job_id: UUID | None
    person_id: UUID | None
    problem: Problem | None
    tries: int
    died_at: datetime
    expired: bool
    edited: bool

    @classmethod
    def of(cls, row: Row[Any]) -> DeadLetterOut:
        """Shapes a letter."""
        return cls(
            id=f"{row.consumer}/{row.id}",
            group=row.group_id,
            handler=row.consumer,
            message_id=row.id,
            type=row.type,
            version=row.version,
            job_id=row.job_id,
            person_id=UUID(row.person) if row.person else None,
            problem=Problem.model_validate(row.problem) if row.problem else None,
            tries=row.tries,
            died_at=row.died_at,
            expired=row.expired,
            edited=row.edited,
        )


class DeadLetterGroup(BaseModel):
    """Counts the dead letters of one handler with one problem and one type."""

    id: str
    handler: str
    problem: str | None
    type: str | None
    letters: int
    first_at: datetime
    last_at: datetime


class DeadLetterGroups(BaseModel):
    """Lists all groups, the one that grew last first."""

    items: list[DeadLetterGroup]


class _Filters(FilterQuery):
    handler: str | None = Field(None, pattern=_HANDLER, description="Of this handler.")
    problem: str | None = Field(None, pattern=r"^/problems/[a-z0-9-]{1,60}$", description="With this problem.")
    group: str | None = Field(None, pattern=r"^[0-9a-f]{8}$", description="Of this group.")

    async def filters(self, database: Database) -> LetterFilters:
        """Returns what is asked for."""
        shared = await self.shared(database)
        return LetterFilters(**vars(shared), handler=self.handler, problem=self.problem, group=self.group)


class DeadLettersQuery(PageQuery, _Filters):
    """Asks for a page of dead letters."""


class GroupsQuery(_Filters):
    """Asks for the groups of dead letters."""


class RetryIn(Input):
    """Says why, for the audit."""

    model_config = example({"reason": "The decoder is mended."})

    reason: Annotated[str | None, Lines] = Field(None, min_length=1, max_length=REASON_MAX)


class DropIn(Input):
    """Says why, for the audit."""

    model_config = example({"reason": "The decoder is mended."})

    reason: Annotated[str, Lines] = Field(min_length=1, max_length=REASON_MAX)


_NO_REASON = RetryIn()

Handler = Annotated[str, Path(pattern=_HANDLER, description="`<service>.<handler>`.")]


def _after(query: PageQuery) -> tuple[UUID, UUID] | None:
    if query.cursor is None:
        return None
    id, mark = read_cursor(query.cursor, UUID, UUID, query.bound())
    if id is None:  # every letter has one
        raise refused()
    return id, mark


@router.get("", dependencies=[once(DeadLettersQuery)])
@Own(access=("admin",))
async def list_dead_letters(
    by: ByOperator, ctx: Ctx, query: Annotated[DeadLettersQuery, Query()]
) -> Listed[DeadLetterOut]:
    """Lists the dead letters of all services, the newest message first. That one looks is an act."""
    filters = await query.filters(ctx.database)
    found = await letters.read_heads(ctx.database, filters, after=_after(query), limit=query.limit + 1)
    await record(ctx.database, _read_act(by, query, filters))
    return page_of(found, query, DeadLetterOut.of, lambda row: (row.id, row.mark))


@router.get("/groups", dependencies=[once(GroupsQuery)])
@Own(access=("admin",))
async def list_dead_letter_groups(by: ByOperator, ctx: Ctx, query: Annotated[GroupsQuery, Query()]) -> DeadLetterGroups:
    """Counts dead letters by handler, problem and type."""
    filters = await query.filters(ctx.database)
    found = await letters.read_groups(ctx.database, filters)
    await record(ctx.database, _read_act(by, query, filters))
    rows = [{**row, "handler": row.consumer} for row in found]
    return DeadLetterGroups(items=[DeadLetterGroup.model_validate(row) for row in rows])


@router.get("/{handler}/{id}", dependencies=[NO_QUERY])
@Own(access=("admin",))
async def read_dead_letter(by: ByOperator, handler: Handler, id: PathId, ctx: Ctx) -> LetterView:
    """Reads one dead letter: its envelope, its tries, and its body, masked."""
    letter = _letter(handler, id)
    row = await _read(ctx, letter)
    act = OperatorAct(act="dead_letter_shown", by=by, object=str(letter), person=letters.person_of(row.headers))
    await record(ctx.database, act)
    return await view_of(row, ctx.keys)


async def _acted(made: UUID, ctx: GatewayContext) -> OperatorActOut:
    row = await read_act(ctx.database, made)
    if row is None:
        raise not_found()
    return OperatorActOut.model_validate(dict(row._mapping))


@router.post("/{handler}/{id}/retry", dependencies=[NO_QUERY])
@Own(access=("admin",), problems=(LETTER_STAYS,), again=_acted)
async def retry_dead_letter(
    by: ByOperator, handler: Handler, id: PathId, write: Keyed, ctx: Ctx, body: RetryIn = _NO_REASON
) -> OperatorActOut:
    """Has a dead letter handled again, with a retry number. One that waits or was handled since stays as it is."""
    return await _act(ctx, _letter(handler, id), Wanted(act="retry", by=by, reason=body.reason), write)


@router.post("/{handler}/{id}/drop", dependencies=[NO_QUERY])
@Own(access=("admin",), problems=(LETTER_STAYS,), again=_acted)
async def drop_dead_letter(
    by: ByOperator, handler: Handler, id: PathId, write: Keyed, ctx: Ctx, body: DropIn
) -> OperatorActOut:
    """Gives a dead letter up for good: its body is deleted, and the message is never handled again."""
    return await _act(ctx, _letter(handler, id), Wanted(act="drop", by=by, reason=body.reason), write)


async def _act(ctx: GatewayContext, letter: LetterId, wanted: Wanted, write: Keyed) -> OperatorActOut:
    async def work(tx: Transaction) -> letters.Acted:
        acted = await letters.act(tx, letter, wanted)
        if acted.result not in ("done", "unchanged"):
            write.refuse()
        elif acted.act_id is not None:
            write.made(acted.act_id)
        return acted

    try:
        acted = await write.redoing(ctx.database, work)
    except NoSuchLetter:
        raise not_found() from None
    if acted.act_id is None:
        raise not_found()
    if acted.result not in ("done", "unchanged"):
        raise ProblemError(LETTER_STAYS, f"It cannot be: {WHY[acted.result]}.")
    return await _acted(acted.act_id, ctx)


def _letter(handler: str, id: UUID) -> LetterId:
    try:
        return LetterId.parse(f"{handler}/{id}")
    except NoSuchLetter:
        raise not_found() from None


async def _read(ctx: GatewayContext, letter: LetterId) -> Row[Any]:
    try:
        row = await letters.read_letter(ctx.database, letter)
    except NoSuchLetter:
        row = None
    if row is None:
        raise not_found()
    return row


def _read_act(by: Operator, query: _Filters, filters: LetterFilters) -> OperatorAct:
    """Returns the act of looking, with the filters: the person has a column, and no address is kept."""
    detail = query.model_dump(mode="json", exclude_defaults=True, by_alias=True, exclude={"limit", "cursor", "person"})
    return OperatorAct(act="dead_letters_read", by=by, person=person_of_act(filters), detail=detail)
