"""Guards every request: no error leaves as a stack trace, every answer has security headers and is measured."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.errors import DependencyDown, Erased, VoxbusError
from chassis.observe import metrics
from chassis.observe.logs import logger
from chassis.observe.requests import method_of, route_of
from chassis.storage.database import is_outage, sqlstate
from gateway.edge.body import JSON_PACE, Pace, paced
from gateway.edge.problems import ProblemError, internal, too_large, unauthorized, unavailable

#: bytes; every body but an upload is a small JSON document
JSON_LIMIT = 64 * 1024
_SECURITY = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)
#: undefined table, insufficient privilege: a view that another service has not published (yet)
_MISSING_VIEW = frozenset({"42P01", "42501"})

_log = logger(__name__)


class BrokenResponse(VoxbusError):
    """Says that an answer cannot be finished after it has begun; the server then closes the connection.

    It does not carry the message of the first error, because the server would log it.
    """


class Guard:
    """Guards every response of the application, as its innermost middleware."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.perf_counter) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guards an ASGI call. An error after the first byte can only break the connection, so the server gets it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = self.clock()
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message.get("headers", ())]
                given = {name for name, _ in headers}
                message["headers"] = [*headers, *(each for each in _SECURITY if each[0] not in given)]
                status, seconds = str(message["status"]), self.clock() - began
                metrics.HTTP_SECONDS.labels(method_of(scope), route_of(scope), status).observe(seconds)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception as error:
            problem = problem_of(error, scope)
            if started:
                raise BrokenResponse(type(error).__qualname__) from None
            await problem.response()(scope, receive, answer)


class JsonLimit:
    """Refuses bodies above `JSON_LIMIT` and those slower than `JSON_PACE`, but for uploads, which have their own."""

    def __init__(self, app: ASGIApp, uploads: frozenset[str], pace: Pace = JSON_PACE) -> None:
        self.app = app
        self.uploads = uploads
        self.pace = pace

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the bytes that arrive; believes a client's declared length only if it is too large."""
        if scope["type"] != "http" or scope["path"] in self.uploads:
            await self.app(scope, receive, send)
            return
        if declared_length(Headers(scope=scope)) > JSON_LIMIT:
            await too_large(JSON_LIMIT).response()(scope, receive, send)
            return
        seen = 0
        refusal: ProblemError | None = None
        receive_in_time = paced(receive, self.pace)

        async def counted() -> Message:
            nonlocal seen, refusal
            try:
                message = await receive_in_time()
                seen += len(message.get("body", b""))
                if seen > JSON_LIMIT:
                    raise too_large(JSON_LIMIT)
            except ProblemError as error:
                refusal = error
                raise
            return message

        async def answer(message: Message) -> None:
            if refusal is None:  # else the framework has put another error in place of ours
                await send(message)

        try:
            await self.app(scope, counted, answer)
        except ProblemError:
            if refusal is None:
                raise
        if refusal is not None:
            await refusal.response()(scope, receive, send)


def declared_length(headers: Headers) -> int:
    """Returns the Content-Length in bytes; 0 when the header is missing or not a number."""
    declared = headers.get("content-length", "")
    return int(declared) if declared.isascii() and declared.isdigit() else 0


def problem_of(error: Exception, scope: Scope) -> ProblemError:
    """Returns the problem that a client sees for an unexpected error.

    The log gets the error's type and place, never its message: a database quotes the values it was given in it.
    """
    if isinstance(error, Erased):
        return unauthorized("This account does not exist any more.")
    state = sqlstate(error) if isinstance(error, DBAPIError) else getattr(error, "sqlstate", None)
    down = isinstance(error, (DependencyDown, PoolTimeout, OSError, TimeoutError))
    away = down or is_outage(error) or str(state)[:2] in {"08", "53", "57"}
    known = {"route": route_of(scope), "error": type(error).__qualname__, "sqlstate": state}
    if away or state in _MISSING_VIEW:
        _log.warning("request refused", **known)
        return unavailable()
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    _log.error("request failed", **known, at=places)
    return internal()
