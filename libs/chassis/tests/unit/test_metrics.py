"""Tests what scrapes get: help texts that name every outcome, and exemplars where there is a trace."""

from __future__ import annotations

import re
from typing import get_args, get_type_hints

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.bus.base import Outcome
from chassis.delivery.settlement import Disposition
from chassis.observe import metrics
from chassis.observe.traces import configure_traces, span, trace_id


def words_of(name: str) -> set[str]:
    [family] = [family for family in metrics.REGISTRY.collect() if family.name == name]
    return set(re.findall(r"\w+", family.documentation))


def test_the_outcomes_of_tries_are_named() -> None:
    kinds = set(get_args(get_type_hints(Disposition)["kind"]))
    assert words_of("voxbus_handled") >= kinds | {"cancelled", "duplicate", "undecodable"}


def test_the_outcomes_of_publishes_are_named() -> None:
    assert words_of("voxbus_published") >= {outcome.value for outcome in Outcome}


def test_a_scrape_holds_no_series_about_when_a_counter_was_made() -> None:
    metrics.MEDIA_DELETED.labels("toys").inc()
    metrics.HANDLING_SECONDS.labels("toys.play").observe(1)
    text = metrics.exposition()[0].decode()
    assert 'voxbus_media_deleted_total{service="toys"}' in text
    assert "_created" not in text


def observed(rate: float, seconds: float) -> str:
    """Observes within a span of which `rate` are exported, and returns the id of its trace."""
    configure_traces("test", None, rate=rate, processor=SimpleSpanProcessor(InMemorySpanExporter()))
    with span("work"):
        metrics.HANDLING_SECONDS.labels("toys.trace").observe(seconds)
        found = trace_id()
    configure_traces("test", None)
    assert found is not None
    return found


def test_a_bucket_has_the_trace_of_its_last_value_in_open_metrics() -> None:
    trace = observed(1, 0.05)
    text, content_type = metrics.exposition("application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")
    [line] = [
        line
        for line in text.decode().splitlines()
        if line.startswith("voxbus_handling_seconds_bucket") and f'trace_id="{trace}"' in line
    ]
    assert 'handler="toys.trace",le="0.1"' in line


def test_a_value_outside_of_a_sampled_span_has_no_exemplar() -> None:
    trace = observed(0, 3)
    metrics.HANDLING_SECONDS.labels("toys.trace").observe(20)
    text = metrics.exposition("application/openmetrics-text; version=1.0.0")[0].decode()
    lines = [line for line in text.splitlines() if 'handler="toys.trace"' in line and 'le="0.1"' not in line]
    assert trace not in text
    assert lines
    assert not any("#" in line for line in lines)


@pytest.mark.parametrize("accept", ["", "*/*", "text/plain;version=0.0.4", "application/vnd.google.protobuf"])
def test_anybody_else_gets_plain_text(accept: str) -> None:
    observed(1, 0.05)
    text, content_type = metrics.exposition(accept)
    assert content_type.startswith("text/plain")
    assert b"trace_id" not in text
