"""Traces requests and messages: a message's span continues the trace that its `traceparent` carries (W3C).

The id of a trace is the request id that a client gets, so it is made also without a collector.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observe.logs import bound, type_and_place
from chassis.observe.requests import method_of, route_of

#: this module imports an HTTP client and protobuf, so it is imported only if a collector is named
_EXPORTER = "chassis.observe.otlp"
_PROPAGATOR = TraceContextTextMapPropagator()
_IDS = RandomIdGenerator()
_SERVER_ERROR = 500
#: the ASGI messages that begin an answer, and the status of one without a status
_BEGINNINGS = ("http.response.start", "websocket.accept", "websocket.http.response.start")
_SWITCHED = 101
#: the header of every answer to a client
REQUEST_ID = "X-Request-Id"


def configure_traces(service: str, otlp_url: str | None) -> TracerProvider:
    """Makes spans, and exports them if a collector is named. Returns the provider, to be shut down at the end."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"voxbus-{service}"}), shutdown_on_exit=False)
    if otlp_url:
        provider.add_span_processor(import_module(_EXPORTER).exporter(otlp_url))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def span(name: str, *parents: str | None, kind: SpanKind = SpanKind.CONSUMER) -> Iterator[Span]:
    """Opens a span, child of the one `traceparent` that came with a message, or linked to those of several.

    Log lines within it carry the id of the trace.
    An error that leaves the span is exported by type and place, never by its text, which may hold a person's words.
    """
    contexts = [_PROPAGATOR.extract({"traceparent": parent}) for parent in parents if parent]
    parts = [trace.get_current_span(context).get_span_context() for context in contexts]
    links = [Link(part) for part in parts if part.is_valid]
    with (
        trace.get_tracer("voxbus").start_as_current_span(
            name,
            context=contexts[0] if len(parents) == 1 and contexts else None,
            kind=kind,
            links=links if len(parents) > 1 else None,
            record_exception=False,
            set_status_on_exception=False,
        ) as current,
        _identified(current),
        bound(trace=trace_id()),
    ):
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR)
            current.add_event("exception", _described(error))
            raise


@contextmanager
def _identified(current: Span) -> Iterator[None]:
    """Gives ids to a span that has none, because OpenTelemetry is disabled or has not been configured."""
    if current.get_span_context().is_valid:
        yield
        return
    made = SpanContext(_IDS.generate_trace_id(), _IDS.generate_span_id(), is_remote=False)
    with trace.use_span(NonRecordingSpan(made)):
        yield


@contextmanager
def refusing() -> Iterator[str]:
    """Opens the span of a request that is refused before any application sees it; provides its request id."""
    with span("refused", kind=SpanKind.SERVER):
        yield trace_id() or ""


def trace_id() -> str | None:
    """Returns the id of the current trace in hexadecimal; None outside of a span."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None


def _described(error: BaseException) -> dict[str, str]:
    """Describes an error and its causes by OpenTelemetry's attribute names."""
    chain = [type_and_place(error)]
    cause = error.__cause__
    while cause is not None:
        chain.append(type_and_place(cause))
        cause = cause.__cause__
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"exception.type": name, "exception.stacktrace": " caused by ".join(chain)}


def describe(*, failed: bool = False, **attributes: str | int) -> None:
    """Adds attributes to the current span, as `voxbus.<name>`; `failed` sets its status to an error."""
    current = trace.get_current_span()
    current.set_attributes({f"voxbus.{name}": value for name, value in attributes.items()})
    if failed:
        current.set_status(StatusCode.ERROR)


def traceparent() -> str | None:
    """Returns the current span as a `traceparent` for a message's envelope."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


class RequestSpans:
    """Opens a span for each HTTP request, child of the `traceparent` that came with it.

    The span tells method, route template and status: never the path, whose parts may be ids, nor query or headers.
    """

    def __init__(self, app: ASGIApp, *, public: bool = False) -> None:
        """Takes `public`: the requests come from clients, so each begins a trace of its own, linked to the client's.

        A client could otherwise put its requests into a trace of others, or have them not recorded. The trace's id is
        the request id of the answer, also of a WebSocket's.
        """
        self.app = app
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. The route is known only once the application has answered."""
        if scope["type"] != "http" and not (self.public and scope["type"] == "websocket"):
            await self.app(scope, receive, send)
            return
        method = method_of(scope)
        sent = Headers(scope=scope).get("traceparent")
        parents = (sent, None) if self.public else (sent,)
        with span(method, *parents, kind=SpanKind.SERVER) as current:

            async def answer(message: Message) -> None:
                if message["type"] in _BEGINNINGS:
                    _describe(current, method, route_of(scope), message.get("status", _SWITCHED))
                    if self.public:
                        message.setdefault("headers", [])
                        MutableHeaders(scope=message)[REQUEST_ID] = trace_id() or ""
                await send(message)

            await self.app(scope, receive, answer)


def _describe(current: Span, method: str, route: str, status: int) -> None:
    current.update_name(f"{method} {route}")
    current.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= _SERVER_ERROR:
        current.set_status(StatusCode.ERROR)
