"""Finds out who sends a request, with the roles and the age of this moment: the one place where a token is read.

Both the forwarded operations and the gateway's own ask here, streams too unless they come with a ticket.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers

from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import unauthorized, was_erased
from gateway.edge.auth import accounts
from gateway.edge.auth.tokens import ISSUER, InvalidToken
from gateway.edge.consent import age_band
from gateway.edge.context import Ctx, GatewayContext


def bearer_token(headers: Headers) -> str | None:
    """Returns the token of an Authorization header, None where there is none of the scheme Bearer."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def find_caller(ctx: GatewayContext, headers: Headers) -> Principal:
    """Returns who sends a request, anonymous without a token. Nothing is kept: a role taken away is gone at once.

    Raises the 401 of a token that is none or no longer good, and of a person who was erased. Guardians are not known
    yet, so nobody acts for anybody else.
    """
    if "authorization" not in headers:
        return ANONYMOUS
    token = bearer_token(headers)
    if token is None:
        raise unauthorized()
    try:
        read = ctx.tokens.read(token)
    except InvalidToken:
        raise unauthorized("The access token is not valid or its time is over.") from None
    standing = await accounts.standing(ctx.database, read.person)
    if standing is None:
        raise was_erased(caller=True)
    return Principal(
        id=read.person,
        roles=standing.roles,
        issuer=ISSUER,
        session=read.id,
        age_band=age_band(standing.birth_date, ctx.today()),
    )


def person_of(caller: Principal) -> UUID:
    """Returns the person who calls. Raises the 401 of an anonymous caller."""
    if caller.id is None:
        raise unauthorized()
    return caller.id


async def _caller(request: Request, ctx: Ctx) -> Principal:
    return await find_caller(ctx, request.headers)


#: who calls, perhaps anonymously; 401 for a bad token
Caller = Annotated[Principal, Depends(_caller)]


async def _signed_in(caller: Caller) -> UUID:
    return person_of(caller)


#: the person who calls; 401 when nobody has signed in
SignedIn = Annotated[UUID, Depends(_signed_in)]
