"""Lets people of age decide about their own data: `/me/consents`. A guardian decides for a child."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.types import Scope

from chassis.web.principal import Principal
from chassis.web.problems import ProblemError
from gateway.consents import evidence
from gateway.consents.decisions import Wish
from gateway.edge import consent
from gateway.edge.callers import Caller, person_of
from gateway.edge.children import PathPair, check_notice, withdrawn
from gateway.edge.consent import is_of_age
from gateway.edge.consent_schemas import Agree, ConsentOut, ConsentsOut
from gateway.edge.context import Ctx
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.forward.routes import Route
from gateway.edge.keyed import Keyed
from gateway.edge.limits.rates import CALLER
from gateway.edge.problems import GUARDIAN_DECIDES, NOT_OF_AGE, NOTICE_OUTDATED

router = APIRouter(prefix="/me/consents", tags=["accounts"], dependencies=[NO_QUERY])


async def _of_age(caller: Caller) -> UUID:
    if not is_of_age(caller):
        raise ProblemError(GUARDIAN_DECIDES)
    return person_of(caller)


def refuse_children(scope: Scope) -> None:
    """Raises 403 for a child who would decide alone, before the body is read: whatever it says, a guardian decides."""
    caller: Principal | None = scope.get(CALLER)
    route = scope.get("route")
    is_ours = isinstance(route, Route) and route.path.startswith(f"{router.prefix}/")
    if is_ours and caller is not None and caller.id is not None and not is_of_age(caller):
        raise ProblemError(GUARDIAN_DECIDES)


#: the calling person, who decides alone; 403 for anybody else
OfAge = Annotated[UUID, Depends(_of_age)]


@router.get("")
@Own(access=("own",), problems=(GUARDIAN_DECIDES,))
async def list_own_consents(person: OfAge, ctx: Ctx) -> ConsentsOut:
    """Lists what one has agreed to and taken back. Using Voxbus itself needs no consent."""
    decided = await evidence.of_person(ctx.database, person)
    return ConsentsOut(items=[ConsentOut.of(each, ctx.clock()) for each in decided.values()])


@router.put("/{purpose}/{recipient}")
@Own(access=("own",), problems=(GUARDIAN_DECIDES, NOTICE_OUTDATED, NOT_OF_AGE))
async def give_own_consent(person: OfAge, pair: PathPair, body: Agree, ctx: Ctx) -> ConsentOut:
    """Agrees to one purpose and one recipient, and to nothing else. To `analytics` only adults can agree."""
    check_notice(ctx, body.notice_version)
    wish = Wish(pair=pair, by=person, notice_version=body.notice_version)
    return ConsentOut.of(await consent.give(ctx, person, wish), ctx.clock())


async def _withdrawn(person: OfAge, pair: PathPair, ctx: Ctx) -> ConsentOut:
    return await withdrawn(person, pair, ctx)


@router.delete("/{purpose}/{recipient}")
@Own(access=("own",), problems=(GUARDIAN_DECIDES,), again=_withdrawn)
async def withdraw_own_consent(person: OfAge, pair: PathPair, write: Keyed, ctx: Ctx) -> ConsentOut:
    """Takes a consent back, at once: no call begins any more that it allowed."""
    return ConsentOut.of(await consent.take_back(ctx, person, pair, person, write=write), ctx.clock())
