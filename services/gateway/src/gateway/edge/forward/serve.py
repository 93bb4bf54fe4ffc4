"""The forwarded routes as an ASGI application: from the path as sent to the owner's answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import cast
from uuid import UUID

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from chassis.web.access import Word, check_access
from chassis.web.body import ClientGone, read_body
from chassis.web.principal import Principal
from chassis.web.problems import ProblemError, not_found
from gateway.edge.forward.forwarder import Answer, Forwarded, Forwarder
from gateway.edge.forward.routes import Route, RouteTable

#: finds out who asks; the parameters of the path say whose guardian the caller may have to be
Identify = Callable[[Headers, Route, Mapping[str, str]], Awaitable[Principal]]


class ForwardedRoutes:
    """Serves what services own. An operation with `x-job` does not end here: its proposal has to be accepted."""

    def __init__(self, table: RouteTable, forwarder: Forwarder, identify: Identify) -> None:
        self._table = table
        self._forwarder = forwarder
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Nothing is read of a body before the access words allow the caller to send one."""
        try:
            answer = await self._answer(scope, receive)
        except ClientGone:
            return
        except ProblemError as problem:
            answer = problem.response()
        await answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        headers = Headers(scope=scope)
        route, parameters = self._table.match(scope["method"], scope["raw_path"])
        if route.job is not None:
            raise ValueError(f"{route.operation} answers with a proposal")
        principal = await self._identify(headers, route, parameters)
        check_access(cast("tuple[Word, ...]", route.access), principal, _person(route, parameters))
        body = await read_body(receive, headers, route.max_body)
        answer = await self._forwarder.forward(
            Forwarded(
                route=route,
                method=scope["method"],
                path=scope["raw_path"],
                query=scope["query_string"],
                headers=headers.raw,
                body=body,
                principal=principal,
            )
        )
        return _Streamed(answer)


class _Streamed(StreamingResponse):
    """Sends an answer as its owner makes it, and closes it also when the client goes away."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.pieces, answer.status)
        self.raw_headers = list(answer.headers)
        self._close = answer.close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


def _person(route: Route, parameters: Mapping[str, str]) -> UUID | None:
    if route.person is None:
        return None
    try:
        return UUID(parameters[route.person])
    except ValueError:
        raise not_found() from None
