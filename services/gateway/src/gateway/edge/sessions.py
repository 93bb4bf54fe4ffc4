"""Keeps people signed in and signs them out: `POST /auth/refresh`, `POST /auth/logout`, `/me/sessions`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field, SecretStr

from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import ProblemError, ProblemType, not_found
from chassis.web.validation import Input
from gateway.edge import account_server
from gateway.edge.accounts import Device, Session, session_at, session_with
from gateway.edge.auth import accounts
from gateway.edge.auth.issuers.supabase import NAME as SUPABASE
from gateway.edge.auth.sessions import OpenSession, RefreshInvalid, RefreshReused
from gateway.edge.callers import Caller, FromNetwork, InSession, SignedIn, bearer_token
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import Once, before
from gateway.edge.problems import REFRESH_INVALID, REFRESH_REUSED
from gateway.edge.schemas import example

router = APIRouter(tags=["accounts"])

_LOGOUT = "logout"


class Refresh(Input):
    """Carries a refresh token, which is good for one use."""

    model_config = example({"refresh_token": "AY9qHgAAcACAAAAAAAAAAwAAAAEyF2Jm5mTPW1y3n0x6mS0QmYv0l2b0aT8d1kq1h3a4bA"})

    refresh_token: SecretStr


class LogOut(Input):
    """Says which sessions end: this one, or with `everywhere` all of the person."""

    model_config = example({"everywhere": False})

    everywhere: bool = Field(default=False, strict=True)


_THIS_SESSION = LogOut()


class SessionOut(BaseModel):
    """Describes one of a person's sessions. `device` is a family such as “Firefox on Linux”; null when not known."""

    model_config = example(
        {
            "id": "018f6a1e-0000-7000-8000-000000000003",
            "created_at": "2026-11-20T10:00:00Z",
            "last_used_at": "2026-11-20T10:45:00Z",
            "current": True,
            "issuer": "voxbus",
            "device": "Firefox on Linux",
        }
    )

    id: UUID
    created_at: datetime
    last_used_at: datetime
    current: bool
    issuer: str
    device: str | None


class SessionsQuery(PageQuery):
    """Asks for a page of sessions."""


@router.post("/auth/refresh", dependencies=[NO_QUERY])
@Own(access=("public",), problems=(REFRESH_INVALID, REFRESH_REUSED), limits=("refresh",))
async def refresh_session(body: Refresh, device: Device, network: FromNetwork, request: Request, ctx: Ctx) -> Session:
    """Gives new tokens for a refresh token, which is spent by that.

    An answer that was lost may be asked for again: for a few seconds the spent token gives the same new refresh token,
    and after that as long as neither the new one nor an access token that came with it was used. Otherwise a spent
    token ends the session, since somebody else may have it.

    Send no Authorization header: an access token that has expired is refused here too.
    """
    token = ctx.refresh_tokens.read(body.refresh_token.get_secret_value())
    if token is None and ctx.supabase is not None:
        digest = hashlib.sha256(body.refresh_token.get_secret_value().encode(errors="replace")).hexdigest()
        await ctx.rates.take(request.scope, "refresh", digest)
        return session_at(await account_server.refresh(ctx, ctx.supabase, body.refresh_token, device, network), ctx)
    if token is None:
        raise _refused(REFRESH_INVALID)
    await ctx.rates.take(request.scope, "refresh", str(token.session))
    try:
        given = await ctx.sessions.refresh(token, network=network)
    except RefreshInvalid:
        raise _refused(REFRESH_INVALID) from None
    except RefreshReused:
        raise _refused(REFRESH_REUSED) from None
    account = await accounts.by_id(ctx.database, given.person)
    if account is None:
        raise _refused(REFRESH_INVALID)
    return session_with(account, given, ctx)


@router.post("/auth/logout", status_code=204, response_model=None, dependencies=[NO_QUERY])
@Own(access=("signed-in",))
async def log_out(
    person: SignedIn,
    session: InSession,
    caller: Caller,
    network: FromNetwork,
    request: Request,
    ctx: Ctx,
    body: LogOut = _THIS_SESSION,
) -> None:
    """Ends this session, or all of one's sessions.

    Once this has answered, their tokens are accepted nowhere.
    """
    if body.everywhere:
        await ctx.sessions.end_all(person, _LOGOUT, network=network)
    else:
        await ctx.sessions.end(session, person, _LOGOUT, network=network)
    if ctx.supabase is not None and caller.issuer == SUPABASE:
        token = bearer_token(request.headers) or ""
        await account_server.log_out(ctx.supabase, token, everywhere=body.everywhere)


@router.get("/me/sessions")
@Own(access=("own",))
async def list_sessions(
    person: SignedIn, session: InSession, _: Once, ctx: Ctx, query: Annotated[SessionsQuery, Query()]
) -> Listed[SessionOut]:
    """Lists where one is signed in, newest first."""

    def shaped(found: OpenSession) -> SessionOut:
        return SessionOut(
            id=found.id,
            created_at=found.created_at,
            last_used_at=found.last_used_at,
            current=found.id == session,
            issuer=ctx.issuers.name_of(found.issuer),
            device=found.device,
        )

    found = await ctx.sessions.list_open(person, limit=query.limit + 1, before=before(query))
    return page_of(found, query, shaped, lambda each: (each.id, each.id))


@router.delete("/me/sessions/{id}", status_code=204, response_model=None, dependencies=[NO_QUERY])
@Own(access=("own",))
async def end_session(person: SignedIn, id: PathId, network: FromNetwork, write: Keyed, ctx: Ctx) -> None:
    """Ends one of one's sessions, at once."""
    if not await ctx.sessions.end(id, person, _LOGOUT, network=network, write=write):
        raise not_found()


def _refused(problem: ProblemType) -> ProblemError:
    return ProblemError(problem, headers={"WWW-Authenticate": "Bearer"})
