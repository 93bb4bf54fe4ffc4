"""Traces requests and messages: a message's span continues the trace that its `traceparent` carries (W3C)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis.observe.logs import type_and_place
from chassis.observe.requests import method_of, route_of

#: this module imports an HTTP client and protobuf, so it is imported only if a collector is named
_EXPORTER = "chassis.observe.otlp"
_PROPAGATOR = TraceContextTextMapPropagator()
_SERVER_ERROR = 500


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

    An error that leaves the span is exported by type and place, never by its text, which may hold a person's words.
    """
    contexts = [_PROPAGATOR.extract({"traceparent": parent}) for parent in parents if parent]
    links = [Link(trace.get_current_span(context).get_span_context()) for context in contexts]
    with trace.get_tracer("voxbus").start_as_current_span(
        name,
        context=contexts[0] if len(parents) == 1 and contexts else None,
        kind=kind,
        links=links if len(parents) > 1 else None,
        record_exception=False,
        set_status_on_exception=False,
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR)
            current.add_event("exception", _described(error))
            raise


def _described(error: BaseException) -> dict[str, str]:
    """Describes an error and its causes by OpenTelemetry's attribute names."""
    chain = [type_and_place(error)]
    cause = error.__cause__
    while cause is not None:
        chain.append(type_and_place(cause))
        cause = cause.__cause__
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"exception.type": name, "exception.stacktrace": " caused by ".join(chain)}


def traceparent() -> str | None:
    """Returns the current span as a `traceparent` for a message's envelope."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")


class RequestSpans:
    """Opens a span for each HTTP request, child of the `traceparent` that came with it.

    The span tells method, route template and status: never the path, whose parts may be ids, nor query or headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Implements ASGI. The route is known only once the application has answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method = method_of(scope)
        with span(method, Headers(scope=scope).get("traceparent"), kind=SpanKind.SERVER) as current:

            async def answer(message: Message) -> None:
                if message["type"] == "http.response.start":
                    route, status = route_of(scope), message["status"]
                    current.update_name(f"{method} {route}")
                    current.set_attributes(
                        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
                    )
                    if status >= _SERVER_ERROR:
                        current.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, answer)
