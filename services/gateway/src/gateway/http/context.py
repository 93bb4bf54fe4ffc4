"""Provides what every resource needs: the parts of the gateway, the signed-in person, and the id in the path."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gateway.auth.passwords import Passwords
from gateway.auth.tokens import InvalidToken, Tokens
from gateway.context import GatewayContext
from gateway.http.limits import Streams, Uploads
from gateway.http.problems import not_found, unauthorized


@dataclass(frozen=True, kw_only=True)
class HttpContext:
    """Holds everything the resources need; made once by `create_app`."""

    gateway: GatewayContext
    tokens: Tokens
    passwords: Passwords
    today: Callable[[], date]
    uploads: Uploads
    streams: Streams
    #: the secret that signs a webhook's messages, by the webhook's id
    webhook_secret: Callable[[UUID], str]


def _http_context(request: Request) -> HttpContext:
    ctx: HttpContext = request.app.state.web
    return ctx


Ctx = Annotated[HttpContext, Depends(_http_context)]
bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The `access_token` of a sign-up or log-in.")


async def _signed_in(ctx: Ctx, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> UUID:
    if credentials is None:
        raise unauthorized("Send your access token as “Authorization: Bearer …”.")
    return await person_of(ctx, credentials.credentials)


async def person_of(ctx: HttpContext, token: str) -> UUID:
    """Returns the person of an access token. Raises a 401 if the token is not valid or its person was erased."""
    try:
        person = ctx.tokens.person(token)
    except InvalidToken:
        raise unauthorized("The access token is not valid or its time is over.") from None
    if await ctx.gateway.keys.is_erased(person):
        raise unauthorized("This account does not exist any more.")
    return person


#: the person who asks; 401 when nobody has signed in
SignedIn = Annotated[UUID, Depends(_signed_in)]


def _path_id(id: Annotated[str, Path(json_schema_extra={"format": "uuid"})]) -> UUID:
    try:
        return UUID(id)
    except ValueError:
        raise not_found() from None


#: the `{id}` of a path; what cannot be an id does not exist, so it is 404 like any other
PathId = Annotated[UUID, Depends(_path_id)]
