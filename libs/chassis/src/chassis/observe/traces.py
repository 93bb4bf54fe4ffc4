"""Traces: one trace from the request to the last handler, carried by the envelope's `traceparent` (W3C)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.observe.logs import type_and_place

_PROPAGATOR = TraceContextTextMapPropagator()


def configure_traces(service: str, otlp_url: str | None) -> TracerProvider:
    """Make spans, and export them where a collector is named. Returns the provider: shut it down at the end."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"voxbus-{service}"}), shutdown_on_exit=False)
    if otlp_url:
        exporter = OTLPSpanExporter(endpoint=f"{otlp_url.rstrip('/')}/v1/traces", timeout=5)
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def span(name: str, parent: str | None = None, kind: SpanKind = SpanKind.CONSUMER) -> Iterator[Span]:
    """Opens a span, child of the `traceparent` that came with a message where there is one.

    An error that leaves it is exported by type and place, never by its text: that may hold what a person said.
    """
    context = _PROPAGATOR.extract({"traceparent": parent}) if parent else None
    with trace.get_tracer("voxbus").start_as_current_span(
        name, context=context, kind=kind, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR)
            current.add_event("exception", _described(error))
            raise


def _described(error: BaseException) -> dict[str, str]:
    """Gives an error and its causes the names that OpenTelemetry has for them."""
    chain = [type_and_place(error)]
    cause = error.__cause__
    while cause is not None:
        chain.append(type_and_place(cause))
        cause = cause.__cause__
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    return {"exception.type": name, "exception.stacktrace": " caused by ".join(chain)}


def traceparent() -> str | None:
    """The current span for a message's envelope."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent")
