"""Serves `/auth/issuers` and `/me/identities`: the issuers whose tokens are accepted, and one's ways to sign in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Query
from pydantic import BaseModel, SecretStr

from chassis.web.listing import Listed, PageQuery, page_of
from chassis.web.problems import UNAVAILABLE, ProblemError, invalid, not_found
from chassis.web.validation import Input
from gateway.edge.auth.identities import Identity, IdentityTaken, LastIdentity, Revoked
from gateway.edge.auth.issuers.keys import KeysUnknown
from gateway.edge.auth.issuers.rule import InvalidToken
from gateway.edge.auth.issuers.twitter import NAME as X
from gateway.edge.callers import FromNetwork, SignedIn
from gateway.edge.context import Ctx, GatewayContext, PathId
from gateway.edge.document import NO_QUERY, Own
from gateway.edge.keyed import Keyed
from gateway.edge.pagination import Once, before
from gateway.edge.problems import IDENTITY_TAKEN, LAST_IDENTITY
from gateway.edge.schemas import example

router = APIRouter(tags=["accounts"])

_LOG_IN, _LOG_IN_WITH_X = "/auth/login", "/auth/twitter/login"


class IssuerOut(BaseModel):
    """Describes an issuer. `login` is where one signs in with it here; null: with the issuer itself."""

    name: str
    kind: Literal["own", "supabase", "clerk", "twitter", "other"]
    login: str | None


class IssuersOut(BaseModel):
    """Lists the issuers by which one can sign in."""

    model_config = example({"items": [{"name": "voxbus", "kind": "own", "login": _LOG_IN}]})

    items: list[IssuerOut]


class LinkIdentity(Input):
    """Carries an access token of another issuer, whose identity is to be one's own."""

    model_config = example({"token": "eyJhbGciOiJSUzI1NiIsImtpZCI6Imluc18xIn0.….…"})

    token: SecretStr


class IdentityOut(BaseModel):
    """Describes one way to sign in with another issuer."""

    model_config = example(
        {"id": "018f6a1e-0000-7000-8000-000000000005", "issuer": "clerk", "created_at": "2026-11-20T10:00:00Z"}
    )

    id: UUID
    issuer: str
    created_at: datetime


class IdentitiesQuery(PageQuery):
    """Asks for a page of identities."""


@router.get("/auth/issuers", dependencies=[NO_QUERY])
@Own(access=("public",))
async def list_issuers(ctx: Ctx) -> IssuersOut:
    """Lists the issuers whose access tokens are accepted here, and X where one can sign in with it."""
    signs_in = "own" if ctx.supabase is None else "supabase"
    items = [
        IssuerOut(name=rule.name, kind=rule.kind, login=_LOG_IN if rule.kind == signs_in else None)
        for rule in ctx.issuers.rules
    ]
    if ctx.x is not None:
        items.append(IssuerOut(name=X, kind="twitter", login=_LOG_IN_WITH_X))
    return IssuersOut(items=items)


async def _linked(person: SignedIn, made: UUID, ctx: Ctx) -> IdentityOut:
    found = await ctx.identities.read(made, person)
    if found is None:
        raise not_found()
    return _shaped(found, ctx)


@router.post("/me/identities", status_code=201, dependencies=[NO_QUERY])
@Own(access=("own",), problems=(IDENTITY_TAKEN,), again=_linked)
async def link_identity(
    person: SignedIn, body: LinkIdentity, network: FromNetwork, write: Keyed, ctx: Ctx
) -> IdentityOut:
    """Links the identity of another issuer's token to oneself.

    An identity that already has a person, here by its first use as a token, stays that person's. Equal e-mail addresses
    never link anything.
    """
    try:
        verified = await ctx.issuers.verify(body.token.get_secret_value())
        if verified.rule.kind == "own":
            raise InvalidToken("our own")
        return _shaped(await ctx.identities.link(verified, person, network=network, write=write), ctx)
    except (InvalidToken, Revoked):
        raise invalid(("token", "must be a valid access token of another issuer")) from None
    except KeysUnknown:
        raise ProblemError(UNAVAILABLE, "The issuer of the token does not answer.") from None
    except IdentityTaken:
        raise ProblemError(IDENTITY_TAKEN) from None


@router.get("/me/identities")
@Own(access=("own",))
async def list_identities(
    person: SignedIn, _: Once, ctx: Ctx, query: Annotated[IdentitiesQuery, Query()]
) -> Listed[IdentityOut]:
    """Lists one's identities of other issuers, newest first."""
    found = await ctx.identities.of(person, limit=query.limit + 1, before=before(query))
    return page_of(found, query, lambda each: _shaped(each, ctx), lambda each: (each.id, each.id))


@router.delete("/me/identities/{id}", status_code=204, response_model=None, dependencies=[NO_QUERY])
@Own(access=("own",), problems=(LAST_IDENTITY,))
async def unlink_identity(
    person: SignedIn, id: PathId, network: FromNetwork, later: BackgroundTasks, write: Keyed, ctx: Ctx
) -> None:
    """Unlinks an identity, and ends the sessions that one has with its issuer. The last way to sign in stays.

    Tokens that X has given are destroyed here, and X is told to end them.
    """
    issuers = [rule.issuer for rule in ctx.issuers.rules] + ([] if ctx.x is None else [X])

    async def forget(issuer: str) -> None:
        tokens = await ctx.vault.take_out(person, X) if issuer == X else None
        if tokens is not None and ctx.x is not None:
            later.add_task(ctx.x.revoke, tokens.refresh_token or tokens.access_token)

    try:
        if not await ctx.identities.unlink(
            id,
            person,
            issuers=issuers,
            with_password=ctx.supabase is None,
            network=network,
            forget=forget,
            write=write,
        ):
            raise not_found()
    except LastIdentity:
        raise ProblemError(LAST_IDENTITY) from None


def _shaped(identity: Identity, ctx: GatewayContext) -> IdentityOut:
    return IdentityOut(id=identity.id, issuer=ctx.issuers.name_of(identity.issuer), created_at=identity.created_at)
