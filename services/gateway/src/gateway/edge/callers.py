"""Finds out who sends a request that is forwarded, with the roles and the age of this moment."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers

from chassis.web.principal import ANONYMOUS, Principal
from chassis.web.problems import ProblemError, unauthorized
from gateway.edge.auth import accounts
from gateway.edge.auth.tokens import ISSUER, InvalidToken
from gateway.edge.consent import age_band
from gateway.edge.context import GatewayContext
from gateway.edge.forward.routes import Route


class Callers:
    """Finds out who asks, by the access token. Nothing of it is kept: a role that is taken away is gone at once."""

    def __init__(self, context: GatewayContext) -> None:
        self._context = context

    async def __call__(self, headers: Headers, route: Route, parameters: Mapping[str, str]) -> Principal:
        """Returns the caller, anonymous without a token. Raises the 401 of a token that is none or no longer good.

        Guardians are not known yet, so nobody acts for the person in the path.
        """
        given = headers.get("authorization")
        if given is None:
            return ANONYMOUS
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized()
        try:
            read = self._context.tokens.read(token.strip())
        except InvalidToken:
            raise unauthorized("The access token is not valid or its time is over.") from None
        if await self._context.keys.is_erased(read.person):
            raise _erased()
        standing = await accounts.standing(self._context.database, read.person)
        if standing is None:
            raise _erased()
        return Principal(
            id=read.person,
            roles=standing.roles,
            issuer=ISSUER,
            session=read.id,
            age_band=age_band(standing.birth_date, self._context.today()),
        )


def _erased() -> ProblemError:
    return unauthorized("This account does not exist any more.")
