"""Sends spans to an OpenTelemetry collector; `traces` imports this only where one is named."""

from __future__ import annotations

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import BatchSpanProcessor


def exporter(url: str) -> SpanProcessor:
    """Makes the processor that sends finished spans to the collector at `url`, in batches, each within 5 seconds."""
    return BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=5))
