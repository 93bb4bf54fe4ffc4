"""Spans name an error's type and place, and never its text, which may hold what a person said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.observe.traces import configure_traces, span


@pytest.fixture
def exported() -> Iterator[InMemorySpanExporter]:
    """What is exported from now on. A process has one provider, whichever test was the first to make it."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = configure_traces("test", None)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


def only(exporter: InMemorySpanExporter) -> ReadableSpan:
    [found] = exporter.get_finished_spans()
    return found


def fails() -> None:
    try:
        raise ValueError("canary of a child")
    except ValueError as error:
        raise RuntimeError("canary of a wrapper") from error


def test_an_error_is_exported_without_its_text(exported: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), span("demo.work"):
        fails()
    assert "canary" not in only(exported).to_json()


def test_an_error_is_exported_with_its_type_and_place_and_those_of_its_cause(exported: InMemorySpanExporter) -> None:
    with pytest.raises(RuntimeError), span("demo.work"):
        fails()
    found = only(exported)
    [event] = found.events
    assert (event.name, found.status.is_ok, found.status.description) == ("exception", False, None)
    assert event.attributes is not None and event.attributes["exception.type"] == "builtins.RuntimeError"
    stacktrace = str(event.attributes["exception.stacktrace"])
    assert stacktrace.startswith("builtins.RuntimeError at test_traces.py:")
    assert "caused by builtins.ValueError at test_traces.py:" in stacktrace


def test_what_goes_well_has_no_event(exported: InMemorySpanExporter) -> None:
    with span("demo.work"):
        pass
    assert not only(exported).events
