"""Tells an analytics of the product, where there is one, which operations people of age use; of a child nothing.

Behind this seam is `gateway.analytics`, where a setting names one; it asks for each person whether they have agreed.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.observe.requests import method_of, route_of
from chassis.web.principal import Principal
from gateway.edge.limits.rates import CALLER

#: is told who has sent a request, and its method and the template of its route: nothing of what it said
Sink = Callable[[UUID, str], None]


def may_be_counted(caller: Principal | None) -> bool:
    """Tells whether an analytics may learn of a caller's request: only of a person who is known to be of age."""
    return caller is not None and caller.id is not None and caller.age_band == "of_age"


class Counted:
    """Tells the sink of each request that may be counted, once it has ended."""

    def __init__(self, app: ASGIApp, sink: Sink) -> None:
        self.app = app
        self.sink = sink

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. Who the caller is stands in the scope once the application has begun."""
        try:
            await self.app(scope, receive, send)
        finally:
            caller: Principal | None = scope.get(CALLER)
            if caller is not None and caller.id is not None and may_be_counted(caller):
                self.sink(caller.id, f"{method_of(scope)} {route_of(scope)}")
