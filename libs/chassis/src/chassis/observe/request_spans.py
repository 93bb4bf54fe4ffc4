"""Opens the spans of HTTP requests, and answers clients with the ids of theirs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.trace import Span, SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observe.requests import method_of, route_of
from chassis.observe.traces import from_client, keep, keep_if_slow, span, trace_id, traceparent

_SERVER_ERROR = 500
#: the ASGI messages that begin an answer, and the status of one without a status
_BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_SWITCHED = 101
#: headers of every answer to a client: the id of the trace, and with it that of the request's own span
REQUEST_ID, TRACEPARENT = "X-Request-Id", "traceparent"
_OWN = (REQUEST_ID.lower().encode(), TRACEPARENT.encode())


@contextmanager
def refusing(parent: str | None = None) -> Iterator[dict[str, str]]:
    """Opens the span of a request that is refused before any application sees it; provides the answer's headers.

    `parent` is the `traceparent` of a request of our own.
    """
    with span("refused", parent, kind=SpanKind.SERVER):
        yield _told()


def _told() -> dict[str, str]:
    """Returns the ids of trace and span, without the flag: whoever knew what is drawn could choose an id by it."""
    own = traceparent()
    return {REQUEST_ID: trace_id() or "", TRACEPARENT: f"{own[:-2]}00" if own else ""}


class RequestSpans:
    """Opens a span for each HTTP request, child of the `traceparent` that came with it.

    The span tells method, route template and status: never the path, whose parts may be ids, nor query or headers.
    """

    def __init__(self, app: ASGIApp, *, public: bool = False) -> None:
        """Takes `public`: the requests come from clients, which are answered with the ids of trace and span.

        Of what a client sends in `traceparent`, the ids count and the flags do not; `tracestate` and `baggage` are
        not read. A trace is kept in which an answer begins late, counted from the end of the request: a client that
        sends slowly has not waited for us, nor has one that asks to wait for its job (`Prefer`).
        """
        self.app = app
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. The route is known only once the application has answered."""
        if scope["type"] != "http" and not (self.public and scope["type"] == "websocket"):
            await self.app(scope, receive, send)
            return
        method, headers, began = method_of(scope), Headers(scope=scope), time.monotonic()
        sent = headers.get("traceparent")
        parent = from_client(sent) if self.public else sent
        with span(method, parent, kind=SpanKind.SERVER) as current:

            async def hear() -> Message:
                nonlocal began
                message = await receive()
                if message["type"] == "http.request":
                    began = time.monotonic()
                return message

            async def answer(message: Message) -> None:
                if message["type"] in _BEGINNINGS:
                    _describe(current, method, route_of(scope), message.get("status", _SWITCHED))
                    if "prefer" not in headers:
                        keep_if_slow(None, time.monotonic() - began)
                    if self.public:
                        kept = [field for field in message.get("headers", ()) if field[0] not in _OWN]
                        told = [(name.lower().encode(), value.encode()) for name, value in _told().items()]
                        message["headers"] = [*kept, *told]
                await send(message)

            await self.app(scope, hear, answer)


def _describe(current: Span, method: str, route: str, status: int) -> None:
    current.update_name(f"{method} {route}")
    current.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= _SERVER_ERROR:
        current.set_attribute("error.type", str(status))
        current.set_status(StatusCode.ERROR)
        keep()
