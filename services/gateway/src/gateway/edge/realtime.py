"""Opens the WebSockets that services own: finds the caller, or the provider's key that came instead, and their place.

A caller comes with an access token, with a ticket, or with a provider's key of their own, alone or beside a ticket.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import ExitStack, asynccontextmanager
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from chassis.settings import Network
from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import FORBIDDEN, ProblemError, unauthorized
from gateway.edge.auth import accounts
from gateway.edge.callers import bearer_token, find_caller, find_opener
from gateway.edge.context import GatewayContext
from gateway.edge.forward.routes import Route
from gateway.edge.forward.serve import TICKET
from gateway.edge.forward.streamed import Opener
from gateway.edge.limits.rates import ADDRESS, CALLER
from gateway.edge.places import Places
from gateway.edge.problems import TOO_MANY_SESSIONS
from gateway.edge.provider_key import REALTIME, check_way, has_own_bearer, key_of, query_of
from gateway.edge.sockets import is_permitted
from gateway.edge.streams.permits import Permit
from gateway.edge.tickets import person_or_ticket

#: streams of one person, or of one address where nobody is signed in, at once
AT_ONCE = 2


class Openers:
    """Finds out who opens a stream."""

    def __init__(self, ctx: GatewayContext, origins: Collection[str], trusted: Sequence[Network]) -> None:
        """Takes the `origins` whose pages may connect, and the networks of `trusted` proxies."""
        self._ctx = ctx
        self._origins = origins
        self._trusted = trusted
        self._places = Places(TOO_MANY_SESSIONS)

    @asynccontextmanager
    async def open(self, scope: Scope, _: Route) -> AsyncIterator[Opener]:
        """Holds the caller's place and permit. Raises the problem of who may not open a stream."""
        connection = HTTPConnection(scope)
        if not is_permitted(connection, self._origins, self._ctx.public_url):
            raise ProblemError(FORBIDDEN, "This page may not connect.")
        headers: Headers = connection.headers
        query = query_of(scope["query_string"], headers)
        if len(headers.getlist("authorization")) > 1:
            raise unauthorized("Send one Authorization header.")
        offered: list[str] = scope.get("subprotocols", [])
        key = key_of(bearer_token(headers), offered)
        if key is not None:
            check_way(scope, scope[ADDRESS], self._trusted)
        principal, permit = await self._caller(connection)
        if principal.id is None and key is None:
            raise unauthorized()
        whose = f"person {principal.id}" if principal.id is not None else f"address {scope[ADDRESS]}"
        with ExitStack() as held:
            held.enter_context(self._places.take(whose, AT_ONCE))
            ended = asyncio.Event() if permit is None else held.enter_context(self._ctx.permits.hold(permit))
            yield Opener(
                principal=principal,
                query=query,
                subprotocol=REALTIME if REALTIME in offered else None,
                ended=ended,
                key=key,
            )

    async def _caller(self, connection: HTTPConnection) -> tuple[Principal, Permit | None]:
        """Returns the caller, and the permit that ends with their sign-in; nobody where a key came alone."""
        ctx, scope = self._ctx, connection.scope
        if has_own_bearer(connection.headers):
            scope[CALLER] = principal = await find_caller(ctx, scope)
            permit = await find_opener(ctx, connection)
            await ctx.rates.take(scope, "person", str(principal.id))
            return principal, permit
        if TICKET not in scope:
            return ANONYMOUS, None
        opened = await person_or_ticket(ctx, _without_header(connection))
        account = await accounts.by_id(ctx.database, opened.person)
        if account is None:
            raise unauthorized()
        principal = Principal(id=opened.person, age_band=ctx.ages.band(account.born, ctx.clock()))
        scope[CALLER] = principal
        return principal, opened.permit


def _without_header(connection: HTTPConnection) -> HTTPConnection:
    """Returns a connection of which only the ticket tells who opens it: the header holds a provider's key."""
    headers: list[Any] = [each for each in connection.scope["headers"] if each[0] != b"authorization"]
    return HTTPConnection({**connection.scope, "headers": headers})
