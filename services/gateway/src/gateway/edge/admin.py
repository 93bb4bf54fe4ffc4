"""Lets admins find people and give and take roles: `/admin/people`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.web.access import Role
from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, not_found
from gateway.edge.accounts import User
from gateway.edge.auth import accounts, roles
from gateway.edge.auth.roles import Act, LastAdmin
from gateway.edge.callers import Caller, FromNetwork
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import before, once
from gateway.edge.problems import LAST_ADMIN
from gateway.edge.security_events import SecurityEvent, record

router = APIRouter(prefix="/admin/people", tags=["admin"])


class PeopleQuery(PageQuery):
    """Asks for a page of people; `email` finds the one with that address."""

    email: str | None = Field(None, max_length=254, description="The whole address, whatever its case.")


async def _act(caller: Caller, network: FromNetwork) -> Act:
    return Act(caller.id, caller.issuer, network)


#: who gives or takes a role
Acting = Annotated[Act, Depends(_act)]


@router.get("", dependencies=[once(PeopleQuery)])
@Own(access=("admin",))
async def list_people(
    caller: Caller, network: FromNetwork, ctx: Ctx, query: Annotated[PeopleQuery, Query()]
) -> Listed[User]:
    """Lists people, newest first."""
    found = await accounts.list_people(ctx.database, email=query.email, limit=query.limit + 1, before=before(query))
    event = SecurityEvent(
        event="people_read",
        person=found[0].id if query.email is not None and found else None,
        actor=caller.id,
        issuer=caller.issuer,
        network=network,
    )
    await record(ctx.database, event)
    return page_of(found, query, lambda each: User.of(each, ctx), lambda each: (each.id, each.id))


async def _read(id: UUID, ctx: GatewayContext) -> User:
    account = await accounts.by_id(ctx.database, id)
    if account is None:
        raise not_found()
    return User.of(account, ctx)


@router.put("/{id}/roles/{role}", dependencies=[NO_QUERY])
@Own(access=("admin",), fresh=True)
async def grant_role(act: Acting, id: PathId, role: Role, ctx: Ctx) -> User:
    """Gives a person a role, which holds with their next request."""
    if not await roles.grant(ctx.database, id, role, act):
        raise not_found()
    return await _read(id, ctx)


@router.delete("/{id}/roles/{role}", dependencies=[NO_QUERY])
@Own(access=("admin",), problems=(LAST_ADMIN,), fresh=True, again=_read)
async def revoke_role(act: Acting, id: PathId, role: Role, write: Keyed, ctx: Ctx) -> User:
    """Takes a role from a person, which holds with their next request. The last admin stays one."""
    try:
        found = await roles.revoke(ctx.database, id, role, act, write)
    except LastAdmin:
        raise ProblemError(LAST_ADMIN) from None
    if not found:
        raise not_found()
    return await _read(id, ctx)
