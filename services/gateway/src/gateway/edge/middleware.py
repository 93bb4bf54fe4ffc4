"""Guards every request: no stack trace is sent, and every answer has security headers, is measured and logged."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from http.client import NO_CONTENT

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observe.logs import logger
from chassis.observe.requests import method_of, route_of
from chassis.web import failures
from chassis.web.body import ClientGone, check_json, read_body, replay_of
from chassis.web.guard import BrokenResponse
from chassis.web.operation import JSON_BYTES
from chassis.web.problems import UNAVAILABLE, UNSUPPORTED_MEDIA_TYPE, ProblemError
from gateway.edge.answers import Answers, Operation
from gateway.edge.body import JSON_PACE, Pace, paced
from gateway.edge.problems import unavailable
from gateway.jobs.measured import taken

_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)

_log = logger(__name__)


#: routes of those who watch the process; they ask every few seconds
_WATCHING = frozenset({"/livez", "/readyz", "/metrics"})


class AccessLog:
    """Logs one line for each request, once it has ended: a stream's at its end.

    A line holds the route's template, never the path, whose parts may be a person's words, nor the query. Without a
    status the client went away before the answer.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        began, method, status = self.clock(), method_of(scope), None

        async def answer(message: Message) -> None:
            nonlocal status
            status = status or message.get("status") or (101 if message["type"] == "websocket.accept" else None)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            route, seconds = route_of(scope), round(self.clock() - began, 4)
            write = _log.debug if route in _WATCHING else _log.info
            write("request", method=method, route=route, status=status, seconds=seconds)


class Guard:
    """Guards every response of the application, as its innermost middleware."""

    def __init__(
        self, app: ASGIApp, routes: Iterable[Operation] = (), clock: Callable[[], float] = time.perf_counter
    ) -> None:
        """Takes the routes of the API, whose answers it counts."""
        self.app = app
        self.clock = clock
        self.answers = Answers(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guards an ASGI call.

        An error after the first byte can only break the connection, so it goes to the server.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message.get("headers", ())]
                if message["status"] == NO_CONTENT:  # the framework names a type of what is not sent
                    headers = [each for each in headers if each[0] != b"content-type"]
                given = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in _SECURITY if each[0] not in given)]
                self.answers.count(method_of(scope), route_of(scope), message["status"], self.clock() - taking.began)
            await send(message)

        with taken(self.clock) as taking:
            try:
                await self.app(scope, taking.hearing(receive), answer)
            except Exception as error:
                problem = problem_of(error, scope)
                if started:
                    raise BrokenResponse(type(error).__qualname__) from None
                await problem.response()(scope, receive, answer)


class JsonBodies:
    """Reads bodies before the application does, except uploads, which have limits of their own.

    It refuses those above `JSON_BYTES`, those slower than its pace, what is sent to one of our operations and does not
    say that it is JSON, and JSON that `strict_json` does not accept: the framework would take the last of two equal
    names, and any encoding.
    """

    def __init__(
        self,
        app: ASGIApp,
        uploads: frozenset[str],
        is_json: Callable[[Scope], bool],
        pace: Pace = JSON_PACE,
        check: Callable[[Scope], None] = lambda _: None,
    ) -> None:
        """Takes `is_json`, which tells whether the operation that is asked for takes no other document.

        `check` raises the problem of a caller who may not call an operation, whatever the body.
        """
        self.app = app
        self.check = check
        self.is_json = is_json
        self.uploads = uploads
        self.pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the bytes that arrive; uses a client's declared length only to refuse one that is too large."""
        if scope["type"] != "http" or scope["path"] in self.uploads:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self.check(scope)
            body = await read_body(paced(receive, self.pace), headers, JSON_BYTES)
            if body and "json" in headers.get("content-type", "").lower():
                check_json(body)
            elif body and self.is_json(scope):
                raise ProblemError(UNSUPPORTED_MEDIA_TYPE)
        except ClientGone:
            return
        except ProblemError as refusal:
            await refusal.response()(scope, receive, send)
            return
        await self.app(scope, replay_of(body, receive), send)


def problem_of(error: Exception, scope: Scope) -> ProblemError:
    """Returns the problem that a client gets for an unforeseen error, and logs the error."""
    if isinstance(error, OSError):  # also a TimeoutError, when a dependency did not answer
        _log.warning("request refused", operation=route_of(scope), error=type(error).__qualname__)
        return unavailable()
    problem = failures.problem_of(error, route_of(scope))
    return unavailable() if problem.problem == UNAVAILABLE else problem
