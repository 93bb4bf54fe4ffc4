"""Finds the caller of a request, with present roles and age; no other module reads tokens.

The forwarded operations and the gateway's own both use it, and streams unless they come with a ticket.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import UNAVAILABLE, ProblemError, unauthorized
from gateway.consents import guardians
from gateway.edge.auth import accounts
from gateway.edge.auth.identities import Revoked
from gateway.edge.auth.issuers.issuers import Verified
from gateway.edge.auth.issuers.keys import KeysUnknown
from gateway.edge.auth.issuers.rule import InvalidToken
from gateway.edge.auth.sessions import Standing
from gateway.edge.auth.tokens import content_of
from gateway.edge.context import Ctx, GatewayContext
from gateway.edge.forward.routes import Route
from gateway.edge.limits.policies import UNLIMITED
from gateway.edge.limits.rates import ADDRESS, CALLER
from gateway.edge.provider_key import BY_KEY, has_own_bearer
from gateway.edge.security_events import Event, SecurityEvent, network_of, record
from gateway.edge.streams.permits import Permit

#: operations that are asked for with a receipt in place of a token; they check it themselves
BY_RECEIPT = frozenset({"/erasures/{id}"})
#: tells in an ASGI scope that the caller may only be answered again what they did as a guardian
REPEATS = "voxbus.repeats"
#: keeps in an ASGI scope the token of the caller
_VERIFIED = "voxbus.verified"


def bearer_token(headers: Headers) -> str | None:
    """Returns the token of an Authorization header; None without one of the scheme Bearer."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


async def find_caller(ctx: GatewayContext, scope: Scope) -> Principal:
    """Returns the caller, anonymous without a token. Nothing is cached, so a logout or a revoked role holds at once.

    It is also anonymous for an operation `BY_RECEIPT`, and with a provider's key for one `BY_KEY`. Raises 401 for an
    invalid or expired token, for an ended session and for an erased person; what the database raises when it is away.
    """
    headers = Headers(scope=scope)
    path = route.path if isinstance(route := scope.get("route"), Route) else None
    if "authorization" not in headers or path in BY_RECEIPT or (path in BY_KEY and not has_own_bearer(headers)):
        return ANONYMOUS
    token = bearer_token(headers)
    if token is None:
        raise unauthorized()
    verified = await _verified(ctx, token)
    scope[_VERIFIED] = verified
    id, session, standing = await _standing(ctx, verified, headers, scope.get(ADDRESS))
    if standing is None:
        raise unauthorized("The session has ended. Sign in again.")
    return Principal(
        id=id,
        roles=standing.roles,
        issuer=verified.rule.name,
        session=str(session),
        age_band=ctx.ages.band(standing.born, ctx.clock()),
        signed_in=int(standing.signed_in_at.timestamp()),
    )


async def find_opener(ctx: GatewayContext, connection: HTTPConnection) -> Permit:
    """Returns the permit for a stream of the caller, which ends with its token. Raises 401 also without a token."""
    found: Principal | None = connection.scope.get(CALLER)
    caller = await find_caller(ctx, connection.scope) if found is None else found
    person, session = person_of(caller), session_of(caller)
    verified: Verified = connection.scope[_VERIFIED]
    return Permit(person, session, (verified.expires_at - datetime.now(UTC)).total_seconds())


async def _verified(ctx: GatewayContext, token: str) -> Verified:
    try:
        return await ctx.issuers.verify(token)
    except InvalidToken:
        raise unauthorized("The access token is not valid or has expired.") from None
    except KeysUnknown:
        raise ProblemError(UNAVAILABLE, "The issuer of the access token does not answer.") from None


async def _standing(
    ctx: GatewayContext, verified: Verified, headers: Headers, address: str | None
) -> tuple[UUID, UUID, Standing | None]:
    """Returns the person and the session of a token, and what the person may do; None when the session has ended."""
    if verified.rule.kind == "own":
        try:
            read = content_of(verified.claims)
        except InvalidToken:
            raise unauthorized("The access token is not valid or has expired.") from None
        return read.person, read.session, await ctx.sessions.standing(read)
    try:
        found = await ctx.identities.standing(verified, headers.get("user-agent"), network_of(address))
    except Revoked:
        raise unauthorized("The session has ended. Sign in again.") from None
    return found.person, found.session, found.standing


def person_of(caller: Principal) -> UUID:
    """Returns the calling person. Raises 401 for an anonymous caller."""
    if caller.id is None:
        raise unauthorized()
    return caller.id


def session_of(caller: Principal) -> UUID:
    """Returns the calling session. Raises 401 for an anonymous caller."""
    if caller.session is None:
        raise unauthorized()
    return UUID(caller.session)


async def take_limits(ctx: GatewayContext, scope: Scope, route: Route, caller: Principal) -> None:
    """Takes a request from the limits of its caller and of its operation. Raises 429."""
    if route.path in UNLIMITED:
        return
    person = None if caller.id is None else str(caller.id)
    if person is not None:
        await ctx.rates.take(scope, "person", person)
    await ctx.rates.take_route(scope, route.limits, person)
    if route.job is not None and caller.id is not None:
        await ctx.open_jobs.take(scope, caller.id)


async def note_refusal(ctx: GatewayContext, scope: Scope, route: Route, caller: Principal) -> None:
    """Notes that a caller may not call an operation, at most once a minute for each."""
    event = SecurityEvent(
        event="role_refused",
        person=caller.id,
        issuer=caller.issuer,
        network=network_of(scope.get(ADDRESS)),
        detail={"operation": route.operation},
    )
    await ctx.rates.note(event, f"{caller.id}/{route.operation}")


async def note_reading(ctx: GatewayContext, scope: Scope, route: Route, caller: Principal) -> None:
    """Notes that a caller is about to read what another service's operation says is noted."""
    event = SecurityEvent(
        event=cast("Event", route.noted),
        person=caller.id,
        issuer=caller.issuer,
        network=network_of(scope.get(ADDRESS)),
    )
    await record(ctx.database, event)


async def acts_for(ctx: GatewayContext, scope: Scope, caller: Principal, person: UUID) -> bool:
    """Tells whether a caller is a guardian of a person, as it is now, or repeats what they did as one.

    Nobody is of a person of age. The end of a link is repeated by somebody who is no guardian any more.
    """
    if caller.id is None:
        return False
    if await is_guardian(ctx, caller.id, person):
        return True
    route, key = scope["route"], Headers(scope=scope).get("idempotency-key")
    if key is None or not await ctx.records.has(caller.id, f"{route.method} {route.path}", key):
        return False
    scope[REPEATS] = True
    return True


async def is_guardian(ctx: GatewayContext, guardian: UUID, person: UUID) -> bool:
    """Tells whether somebody is a guardian of a person, as it is now. Nobody is of a person of age."""
    if not await guardians.are_linked(ctx.database, person, guardian):
        return False
    child = await accounts.by_id(ctx.database, person)
    return child is not None and ctx.ages.band(child.born, ctx.clock()) != "of_age"


async def _caller(request: Request, ctx: Ctx) -> Principal:
    """Returns the caller, whom `ForwardedRoutes` has found already."""
    found: Principal | None = request.scope.get(CALLER)
    return await find_caller(ctx, request.scope) if found is None else found


#: the caller, possibly anonymous; 401 for a bad token
Caller = Annotated[Principal, Depends(_caller)]


async def _signed_in(caller: Caller) -> UUID:
    return person_of(caller)


async def _in_session(caller: Caller) -> UUID:
    return session_of(caller)


#: the calling session; 401 for an anonymous caller
InSession = Annotated[UUID, Depends(_in_session)]
#: the calling person; 401 for an anonymous caller
SignedIn = Annotated[UUID, Depends(_signed_in)]


async def _network(request: Request) -> str | None:
    return network_of(request.scope.get(ADDRESS))


#: the network that a request comes from, for security events
FromNetwork = Annotated[str | None, Depends(_network)]
