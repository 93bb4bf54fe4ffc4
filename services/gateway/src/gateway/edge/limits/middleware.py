"""Limits each address before anything else is looked at, and tells every answer's client what is left."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from chassis.web.problems import ProblemError
from gateway.edge.limits.address import Network, address_of
from gateway.edge.limits.policies import UNLIMITED
from gateway.edge.limits.rates import ADDRESS, Rates, headers_of

_STARTS = ("http.response.start", "websocket.http.response.start")
_DENIAL = "websocket.http.response"
_TRY_AGAIN = 1013


class TellLimits:
    """Adds to every answer what is left of the limits that apply to it, also where an error made the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""

        async def answer(message: Message) -> None:
            if message["type"] in _STARTS:
                message["headers"] = [*message.get("headers", ()), *headers_of(scope)]
            await send(message)

        await self.app(scope, receive, answer)


class AddressLimit:
    """Stands before the routes, and refuses an address that has asked too much."""

    def __init__(self, app: ASGIApp, rates: Rates, trusted: Sequence[Network] = ()) -> None:
        """Takes the networks of `trusted` proxies."""
        self.app = app
        self.rates = rates
        self.trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in UNLIMITED:
            await self.app(scope, receive, send)
            return
        scope[ADDRESS] = address_of(scope, self.trusted)
        try:
            await self.rates.take(scope, "address", scope[ADDRESS])
        except ProblemError as problem:
            await _refuse(problem.response(), scope, receive, send)
        else:
            await self.app(scope, receive, send)


async def _refuse(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await response(scope, receive, send)
    elif _DENIAL in scope.get("extensions", {}):
        await WebSocket(scope, receive, send).send_denial_response(response)
    else:
        await send({"type": "websocket.close", "code": _TRY_AGAIN})
