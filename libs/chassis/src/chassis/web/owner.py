"""Serves a service's routes on its internal port, for the gateway alone, as an ASGI application.

It checks in the order of `api/accounts.md`: principal, access words, query, body; then FastAPI checks the shape, then
the route its rows. The owner's own refusals are problem documents as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.observe.request_spans import RequestSpans
from chassis.web.access import check_access, check_fresh
from chassis.web.application import INCOMING, application_of
from chassis.web.body import ClientGone, check_body, read_body, replay_of
from chassis.web.context import Incoming, OwnerContext
from chassis.web.direct import body_alone, until_gone
from chassis.web.failures import problem_of
from chassis.web.grace import GRACE_S
from chassis.web.guard import answering
from chassis.web.operation import Operation
from chassis.web.principal import HEADER, Principal, PrincipalRefused, SignedRequest, body_digest, verify
from chassis.web.problems import NO_ROUTE, PRINCIPAL_REFUSED, ProblemError, not_found, not_written
from chassis.web.routes import Routes
from chassis.web.stream import PROVIDER_KEY, Stream, Streams
from chassis.web.validation import check_query, query_names

#: the gateway's header with the milliseconds left
DEADLINE_HEADER = "voxbus-deadline"
#: most seconds that an owner has
LONGEST_S = 8.0
#: the operation of refusals, and of requests that name none
_ANY = "any"
#: seconds after which the beginning of an answer is slow
_SLOW_S = 1.0
_REFUSED, _FAILED = 400, 500

_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Holds one row of the route table: the pattern, the operation, and the query parameters that it knows."""

    route: APIRoute
    operation: Operation
    parameters: frozenset[str]


class Owner:
    """Serves the routes of one service. `owner_app` makes it."""

    def __init__(self, context: OwnerContext, operations: Sequence[Operation], streams: Sequence[Stream] = ()) -> None:
        self._context = context
        self._streams = Streams(context, streams, self._principal)
        self._app = application_of(operations, context, self._shielded)
        by_id = {operation.id: operation for operation in operations}
        #: by method and the first segment of the path, which is never a parameter, in the order of the application
        self._table: dict[tuple[str, str], list[_Entry]] = {}
        for route in self._app.routes:
            if isinstance(route, APIRoute):
                entry = _Entry(route, by_id[route.name], query_names(route.dependant))
                self._table.setdefault((entry.operation.method, _first_segment(route.path)), []).append(entry)
        self._spans = RequestSpans(self._serve)
        for operation in (_ANY, *by_id):
            _begin(operation)
        self._running: set[asyncio.Future[Any]] = set()
        #: whether answers ask the gateway to close its connections, and whether new requests are refused
        self._closing = self._refusing = False

    async def drain(self, linger: float = 0.0, grace: float = GRACE_S) -> None:
        """Serves with `Connection: close` for `linger` seconds, then refuses requests and lets running ones end.

        `/readyz` fails before that; what has not ended after `grace` seconds is left to its deadline.
        """
        self._closing = True
        await asyncio.sleep(linger)
        self._refusing = True
        if self._running:
            await asyncio.wait(self._running, timeout=grace)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""
        if scope["type"] == "websocket":
            await self._streams.serve(scope, receive, send, refusing=self._closing or self._refusing)
            return
        if scope["type"] != "http":
            raise RuntimeError("an owner serves HTTP and WebSockets alone")
        send = _measured(scope, answering(scope["method"], send, closing=self._closing), self._context.clock)
        served = asyncio.get_running_loop().create_future()
        self._track(served)
        try:
            await self._spans(scope, receive, send)
        finally:
            served.set_result(None)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            incoming = await self._admit(scope, receive)
        except ClientGone:
            return
        except Exception as error:
            await problem_of(error, "none").response()(scope, receive, send)
            return
        inner = {**scope, "method": _method(scope), INCOMING: incoming}
        if incoming.quiet:
            await until_gone(receive, self._app(inner, body_alone(incoming.body), send))
        else:
            await self._app(inner, replay_of(incoming.body, receive), send)

    async def _admit(self, scope: Scope, receive: Receive) -> Incoming:
        """Checks a request before its route is called. Raises `ProblemError` and `ClientGone`."""
        came = self._context.clock()
        entry, parameters = self._matched(scope)
        if self._refusing:
            raise not_written()
        operation, headers = entry.operation, Headers(scope=scope)
        quiet = operation.direct is not None
        deadline = came + _seconds_left(headers, operation.direct or LONGEST_S)
        path, target = _target(scope)
        principal, signed = self._principal(operation, scope["method"], target, headers)
        check_access(operation.access, principal, _person(operation, parameters))
        if operation.fresh:
            check_fresh(principal, self._context.wall_clock())
        check_query(scope["query_string"], entry.parameters, quiet=quiet)
        try:
            async with asyncio.timeout(LONGEST_S):
                body = await read_body(receive, headers, operation.max_body)
        except TimeoutError:
            raise not_written() from None
        if body_digest(body) != signed.body:
            raise self._refused(operation, "body")
        if body and not operation.any_body:
            check_body(body, headers, patch=operation.method == "PATCH", stored=not quiet)
        return Incoming(
            principal=principal,
            operation_id=signed.id,
            path=path,
            target=target,
            body=body,
            deadline=deadline,
            accept=_joined(headers, "accept") or "",
            if_match=_joined(headers, "if-match"),
            if_none_match=_joined(headers, "if-none-match"),
            idempotency_key=headers.get("idempotency-key"),
            provider_key=headers.get(PROVIDER_KEY) if quiet else None,
            quiet=quiet,
        )

    def _matched(self, scope: Scope) -> tuple[_Entry, dict[str, str]]:
        """Finds the route of a request, which the application then takes from the scope, as do span and metrics."""
        method = _method(scope)
        asked = {**scope, "method": method}
        for entry in self._table.get((method, _first_segment(scope["path"])), ()):
            match, found = entry.route.matches(asked)
            if match is Match.FULL:
                scope.update(found)
                return entry, found["path_params"]
        raise ProblemError(NO_ROUTE)

    def _principal(
        self, operation: Operation | Stream, method: str, target: str, headers: Headers
    ) -> tuple[Principal, SignedRequest]:
        try:
            principal, signed = verify(
                self._context.key,
                headers.get(HEADER, ""),
                self._context.wall_clock(),
                previous=self._context.previous_key,
            )
        except PrincipalRefused as refusal:
            raise self._refused(operation, str(refusal)) from None
        at_hand = (self._context.service, operation.id, method, target)
        if (signed.service, signed.operation, signed.method, signed.target) != at_hand:
            raise self._refused(operation, "another request")
        return principal, signed

    def _refused(self, operation: Operation | Stream, reason: str) -> ProblemError:
        _log.warning("principal refused", service=self._context.service, operation=operation.id, reason=reason)
        return ProblemError(PRINCIPAL_REFUSED)

    async def _shielded(self, work: Awaitable[Response]) -> Response:
        """Runs a write to its end, also when its caller goes away."""
        task = asyncio.ensure_future(work)
        self._track(task)
        return await asyncio.shield(task)

    def _track(self, running: asyncio.Future[Any]) -> None:
        self._running.add(running)
        running.add_done_callback(self._ended)

    def _ended(self, ended: asyncio.Future[Any]) -> None:
        self._running.discard(ended)
        if not ended.cancelled():
            ended.exception()  # retrieves the error, also when no caller waits for the answer any more


def owner_app(routes: Sequence[Routes], context: OwnerContext) -> Owner:
    """Returns the ASGI application by which a service serves its routes to the gateway, in process or on a port."""
    streams = [stream for each in routes for stream in each.streams]
    return Owner(context, [operation for each in routes for operation in each.operations], streams)


def _measured(scope: Scope, send: Send, clock: Callable[[], float]) -> Send:
    """Returns a `send` that measures the seconds until the answer begins."""
    began = clock()

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            seconds = clock() - began
            _count(getattr(scope.get("route"), "name", _ANY), message["status"], seconds)
            metrics.INTERNAL_HTTP_SECONDS.observe(seconds)
        await send(message)

    return answer


def _count(operation: str, status: int, seconds: float) -> None:
    """Counts an answer. Refusals have no operation: whoever provokes them makes no series."""
    is_refusal = _REFUSED <= status < _FAILED
    operation = _ANY if is_refusal else operation
    metrics.INTERNAL_HTTP_REQUESTS.labels(
        operation, "4xx" if is_refusal else "5xx" if status >= _FAILED else "2xx"
    ).inc()
    if status < _REFUSED and seconds > _SLOW_S:
        metrics.INTERNAL_HTTP_SLOW.labels(operation).inc()


def _begin(operation: str) -> None:
    """Makes the series of an operation, so that its first failure is an increase."""
    for status in ("2xx", "5xx"):
        metrics.INTERNAL_HTTP_REQUESTS.labels(operation, status)
    metrics.INTERNAL_HTTP_SLOW.labels(operation)


def _first_segment(path: str) -> str:
    """Returns the first segment of a decoded path."""
    return path[1:].partition("/")[0]


def _method(scope: Scope) -> str:
    """Returns the method to route: HEAD is routed as GET."""
    return "GET" if scope["method"] == "HEAD" else str(scope["method"])


def _target(scope: Scope) -> tuple[str, str]:
    """Returns the raw path as sent, and the same with the raw query."""
    path = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    return path, f"{path}?{query}" if query else path


def _seconds_left(headers: Headers, longest: float) -> float:
    """Returns how long the gateway waits; the longest for an unreadable header."""
    text = headers.get(DEADLINE_HEADER, "")
    return min(longest, int(text) / 1000) if text.isascii() and text.isdigit() else longest


def _person(operation: Operation, parameters: dict[str, str]) -> UUID | None:
    if operation.person is None:
        return None
    try:
        return UUID(parameters[operation.person])
    except ValueError:
        raise not_found() from None


def _joined(headers: Headers, name: str) -> str | None:
    """Returns a list header, also if it was sent in several lines."""
    return ", ".join(headers.getlist(name)) if name in headers else None
