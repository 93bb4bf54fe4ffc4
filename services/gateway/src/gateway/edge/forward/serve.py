"""Serves the forwarded routes, between the gateway's guard and its own application."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from typing import cast
from uuid import UUID

from starlette.datastructures import Headers
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.web.access import Word, check_access, check_fresh
from chassis.web.body import ClientGone, has_body, read_body
from chassis.web.principal import Principal
from chassis.web.problems import (
    FORBIDDEN,
    OUTCOME_UNKNOWN,
    UNAVAILABLE,
    UNSUPPORTED_MEDIA_TYPE,
    ProblemError,
    invalid,
    not_found,
    unauthorized,
)
from gateway.edge.body import JSON_PACE, Pace, paced
from gateway.edge.forward.direct import DirectAnswer
from gateway.edge.forward.forwarder import Answer, Forwarded, Forwarder
from gateway.edge.forward.hop import NoAnswer
from gateway.edge.forward.routes import GATEWAY, Route, RouteTable, allowed, choose, parameters
from gateway.edge.limits.rates import CALLER
from gateway.edge.provider_key import BY_KEY, has_own_bearer, key_of

#: bytes up to which an answer is read before it is sent
_WHOLE_BYTES = 64 * 1024
_WITHOUT_BODY = (204, 304)
#: the target of an OPTIONS that asks for no one path (RFC 9110, 9.3.7)
_THE_SERVER = b"*"

#: keeps in an ASGI scope the ticket of a stream
TICKET = "voxbus.ticket"
#: finds the caller
Identify = Callable[[Scope], Awaitable[Principal]]
#: takes a request from the limits of its caller and route, or raises 429
TakeLimits = Callable[[Scope, Route, Principal], Awaitable[None]]
#: notes that the caller of a route lacks the role
NoteRefusal = Callable[[Scope, Route, Principal], Awaitable[None]]
#: notes that the caller of a route reads what it shows
NoteReading = Callable[[Scope, Route, Principal], Awaitable[None]]
#: raises the problem of a caller without a consent that an operation needs
CheckConsent = Callable[[Principal, tuple[str, str]], Awaitable[None]]
#: tells whether the caller of a request is a guardian of a person
ActsFor = Callable[[Scope, Principal, UUID], Awaitable[bool]]
#: returns the caller of a route's path, or raises the problem of a caller who may not call it
Admit = Callable[[Route, bytes], Awaitable[Principal]]
#: looks at the whole request of a direct operation: takes its limits and its place, or raises why it may not be sent
CheckDirect = Callable[[Scope, Forwarded], Awaitable[AbstractContextManager[None]]]
#: reads the form of an operation with `x-upload`, stores its file, and returns the JSON that its owner gets
ReadForm = Callable[[Scope, Receive, Route, Principal], Awaitable[bytes]]
#: answers the request of an operation with `x-job`
Propose = Callable[[Forwarded, Admit], Awaitable[Response]]


async def _unchecked(_: Scope, __: Forwarded) -> AbstractContextManager[None]:
    return nullcontext()


async def _no_form(_: Scope, __: Receive, ___: Route, ____: Principal) -> bytes:
    raise ProblemError(UNSUPPORTED_MEDIA_TYPE)


class ForwardedRoutes:
    """Serves the routes that services own; `own` gets the gateway's own routes, and unknown paths.

    `propose` answers an operation with `x-job`, because its owner's answer has to be accepted.
    """

    def __init__(
        self,
        own: ASGIApp,
        table: RouteTable,
        forwarder: Forwarder,
        identify: Identify,
        propose: Propose,
        take_limits: TakeLimits,
        note_refusal: NoteRefusal,
        check_consent: CheckConsent,
        acts_for: ActsFor,
        note_reading: NoteReading,
        check_direct: CheckDirect = _unchecked,
        read_form: ReadForm = _no_form,
        pace: Pace = JSON_PACE,
    ) -> None:
        self._own = own
        self._table = table
        self._forwarder = forwarder
        self._identify = identify
        self._propose = propose
        self._take_limits = take_limits
        self._note_refusal = note_refusal
        self._check_consent = check_consent
        self._acts_for = acts_for
        self._note_reading = note_reading
        self._check_direct = check_direct
        self._read_form = read_form
        self._pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. No body is read before limits and access words permit the call."""
        if scope["type"] != "http" or scope["raw_path"] == b"/":
            await self._own(scope, receive, send)
            return
        try:
            _check_single(Headers(scope=scope))
            answer = await self._answer(scope, receive)
        except ClientGone:
            return
        except ProblemError as problem:
            answer = problem.response()
        await (answer or self._own)(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> Response | None:
        """Returns the answer of another service's route. Metrics and traces name the request by that route.

        The gateway's own routes are asked for the same methods: the framework knows of one route's methods at a time.
        """
        if scope["method"] == "OPTIONS" and scope["raw_path"] == _THE_SERVER:
            return Response(status_code=204, headers={"Allow": allowed(self._table.routes)})
        candidates = self._table.candidates(scope["raw_path"])
        if not candidates:
            return None
        if scope["method"] == "OPTIONS":
            return Response(status_code=204, headers={"Allow": allowed(candidates)})
        scope["route"] = candidates[0]
        route = choose(candidates, scope["method"])
        if route.service == GATEWAY:
            await self._enter(scope, route)
            return None
        scope["route"] = route
        return await self._forward(route, scope, receive)

    async def _enter(self, scope: Scope, route: Route) -> None:
        """Takes limits and checks access of the gateway's own operations, whose framework reads the body first.

        Whoever comes with a ticket is unknown before it is used.
        """
        if TICKET in scope:
            return
        scope["route"] = route
        principal = scope[CALLER] = await self._identify(scope)
        await self._take_limits(scope, route, principal)
        scope[CALLER] = await self._noting(scope, route, principal)

    async def _forward(self, route: Route, scope: Scope, receive: Receive) -> Response:
        headers, path = Headers(scope=scope), scope["raw_path"]
        principal = scope[CALLER] = await self._identify(scope)
        await self._take_limits(scope, route, principal)
        principal = scope[CALLER] = await self._noting(scope, route, principal)
        if route.noted is not None:
            await self._note_reading(scope, route, principal)
        if route.upload is not None:
            body, sent = await self._read_form(scope, receive, route, principal), _as_json(headers)
        elif has_body(headers):
            body, sent = await read_body(paced(receive, self._pace), headers, route.max_body), headers.raw
        else:
            body, sent = b"", headers.raw
        if route.consent_by is not None and (pair := route.consent_by.of(body)) is not None:
            await self._check_consent(principal, pair)
        request = Forwarded(
            route=route,
            method=scope["method"],
            path=path,
            query=scope["query_string"],
            headers=sent,
            body=body,
            principal=principal,
            key=_provider_key(headers) if route.path in BY_KEY else None,
        )
        if route.job is not None:
            return await self._propose(request, partial(self._admit, scope))
        if route.direct is not None:
            return DirectAnswer(self._forwarder, request, await self._check_direct(scope, request))
        return await response_of(route, await self._forwarder.forward(request))

    async def _noting(self, scope: Scope, route: Route, principal: Principal) -> Principal:
        """Returns the caller as whom the operation takes place. Raises the problem of one who may not call it."""
        try:
            return await self._checked(scope, principal, route, scope["raw_path"])
        except ProblemError as problem:
            if problem.problem == FORBIDDEN:
                await self._note_refusal(scope, route, principal)
            raise

    async def _admit(self, scope: Scope, route: Route, path: bytes) -> Principal:
        return await self._checked(scope, await self._identify(scope), route, path)

    async def _checked(self, scope: Scope, principal: Principal, route: Route, path: bytes) -> Principal:
        """Checks access words, the time of the sign-in and consent, in this order."""
        person = _person(route, parameters(route, path))
        if "guardian" in route.access and person is not None and await self._acts_for(scope, principal, person):
            principal = replace(principal, acting_for=person)
        check_access(cast("tuple[Word, ...]", route.access), principal, person)
        if route.fresh:
            check_fresh(principal, time.time())
        if route.consent is not None:
            await self._check_consent(principal, route.consent)
        return principal


def _provider_key(headers: Headers) -> str | None:
    return None if has_own_bearer(headers) else key_of(headers.get("authorization", "").partition(" ")[2].strip())


def _as_json(headers: Headers) -> list[tuple[bytes, bytes]]:
    """Returns the headers of a form as those of the JSON that stands in its place."""
    return [(name, b"application/json" if name == b"content-type" else value) for name, value in headers.raw]


def _check_single(headers: Headers) -> None:
    """Raises the problem of a repeated header that must be single: it would be chance which one is used."""
    if len(headers.getlist("authorization")) > 1:
        raise unauthorized("Send one Authorization header.")
    if len(headers.getlist("idempotency-key")) > 1:
        raise invalid(("Idempotency-Key", "may be sent only once"))


async def response_of(route: Route, answer: Answer) -> Response:
    """Returns a short answer whole, and any other as its owner makes it.

    Raises the problem of an answer that breaks off.
    """
    if _length(answer) > _WHOLE_BYTES:
        return _Streamed(answer)
    try:
        body = b"".join([piece async for piece in answer.pieces])
    except NoAnswer:
        raise ProblemError(OUTCOME_UNKNOWN if route.writes else UNAVAILABLE) from None
    finally:
        await answer.close()
    response = Response(status_code=answer.status)
    response.body, response.raw_headers = body, [*answer.headers]
    return response


class _Streamed(StreamingResponse):
    """Streams an answer as its owner makes it, and closes it also when the client goes away."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.pieces, answer.status)
        self.raw_headers = [*answer.headers]
        self._close = answer.close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._close()


def _length(answer: Answer) -> float:
    """Returns the declared length of an answer in bytes; infinity without one."""
    if answer.status in _WITHOUT_BODY:
        return 0
    return next((int(value) for name, value in answer.headers if name == b"content-length"), math.inf)


def _person(route: Route, given: Mapping[str, str]) -> UUID | None:
    if route.person is None:
        return None
    try:
        return UUID(given[route.person])
    except ValueError:
        raise not_found() from None
