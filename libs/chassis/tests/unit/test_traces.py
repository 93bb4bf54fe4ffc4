"""Spans follow a request through all messages, and hold neither an error's text nor what a client has sent."""

from __future__ import annotations

from contextlib import suppress

import pytest
from httpx2 import ASGITransport, AsyncClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from structlog.testing import capture_logs

from chassis.observe.logs import add_bound, bound, logger
from chassis.observe.request_spans import RequestSpans
from chassis.observe.traces import configure_traces, describe, sibling, span, trace_id, traceparent

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
OTHER = "00-1af7651916cd43dd8448eb211c80319c-c7ad6b7169203331-01"


def ids(traceparent: str) -> tuple[int, int]:
    """Returns the ids of trace and span in a `traceparent`."""
    _, trace_id, span_id, _ = traceparent.split("-")
    return int(trace_id, 16), int(span_id, 16)


async def fails_or_answers(request: Request) -> Response:
    return Response(status_code=500 if request.path_params["id"] == "none" else 200)


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


def test_a_span_of_one_message_is_its_child_and_one_of_several_is_linked_to_each(
    exported: InMemorySpanExporter,
) -> None:
    with span("demo.one", PARENT), span("demo.several", PARENT, None, OTHER), span("demo.inner"):
        pass
    inner, first, second, several, one = exported.get_finished_spans()
    assert one.parent is not None and (one.parent.trace_id, one.parent.span_id) == ids(PARENT)
    assert [(link.context.trace_id, link.context.span_id) for link in several.links] == [ids(PARENT), ids(OTHER)]
    assert not one.links and not inner.links
    assert several.context is not None
    for each, parent in ((first, PARENT), (second, OTHER)):  # so each message's own trace shows the batch
        assert each.parent is not None and (each.parent.trace_id, each.parent.span_id) == ids(parent)
        assert each.name == several.name and [link.context for link in each.links] == [several.context]


async def test_a_clients_request_is_a_child_of_its_span_and_the_answer_says_which(
    exported: InMemorySpanExporter,
) -> None:
    app = RequestSpans(Router([Route("/people/{id}", fails_or_answers, methods=["GET"])]), public=True)
    unsampled = PARENT.removesuffix("01") + "00"
    async with AsyncClient(transport=ASGITransport(app), base_url="http://demo") as client:
        answers = [
            await client.get("/people/one", headers={"traceparent": sent} if sent else {})
            for sent in (PARENT, unsampled, "00-canary", None)
        ]
    spans = exported.get_finished_spans()
    parents = [each.parent and (each.parent.trace_id, each.parent.span_id) for each in spans]
    assert parents == [ids(PARENT), ids(PARENT), None, None]
    made = [(each.context.trace_id, each.context.span_id) for each in spans if each.context is not None]
    assert [ids(each.headers["traceparent"]) for each in answers] == made
    assert [each.headers["x-request-id"] for each in answers] == [f"{trace:032x}" for trace, _ in made]
    assert len(set(made)) == 4 and len({trace for trace, _ in made}) == 3


def test_a_span_has_an_id_also_where_opentelemetry_is_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    exporter = InMemorySpanExporter()
    configure_traces("test", None, processor=SimpleSpanProcessor(exporter))
    with suppress(ValueError), span("outer"):
        found, outer = trace_id(), traceparent()
        assert found is not None and len(found) == 32 and int(found, 16)
        with span("inner"):
            assert trace_id() == found and traceparent() not in (None, outer)
            raise ValueError  # what fails would be exported whatever was drawn
    assert trace_id() is None
    assert exporter.get_finished_spans() == ()
    configure_traces("test", None)


@pytest.mark.parametrize(
    "parent",
    [
        PARENT,
        PARENT[:-2] + "00",
        PARENT[:-2] + "ff",
        "01" + PARENT[2:],
        "ff" + PARENT[2:],
        PARENT + "-more",
        "01" + PARENT[2:] + "-more",
        "00-" + "0" * 32 + "-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-" + "0" * 16 + "-01",
        PARENT.upper(),
        PARENT[:-1],
        "",
    ],
)
def test_a_traceparent_is_read_as_the_library_reads_it(parent: str) -> None:
    context = TraceContextTextMapPropagator().extract({"traceparent": parent})
    expected = get_current_span(context).get_span_context()
    found = sibling(parent, 0xB7AD6B7169203331)
    if not expected.is_valid:
        assert found is None
    else:
        assert found is not None
        assert (found.trace_id, found.trace_flags) == (expected.trace_id, expected.trace_flags)


def test_a_span_is_described_by_names_of_ours(exported: InMemorySpanExporter) -> None:
    with span("demo.work"):
        describe(job="one", tries=2)
        describe(outcome="retry", failed=True)
    found = only(exported)
    assert found.attributes == {"voxbus.job": "one", "voxbus.tries": 2, "voxbus.outcome": "retry"}
    assert found.status.status_code is StatusCode.ERROR


def test_log_lines_of_a_span_carry_its_trace_and_those_after_it_do_not(exported: InMemorySpanExporter) -> None:
    log = logger("demo")
    with capture_logs(processors=[add_bound]) as lines:
        with span("demo.work"), bound(job="one"):
            log.info("within")
        log.info("after")
    context = only(exported).context
    assert context is not None
    assert (lines[0]["trace"], lines[0]["job"]) == (f"{context.trace_id:032x}", "one")
    assert "trace" not in lines[1] and "job" not in lines[1]


async def test_a_request_is_a_child_of_the_span_that_sent_it_and_tells_no_id(exported: InMemorySpanExporter) -> None:
    app = RequestSpans(Router([Route("/people/{id}", fails_or_answers, methods=["GET"])]))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://demo") as client:
        await client.get("/people/canary?q=canary", headers={"traceparent": PARENT, "x-name": "canary"})
        await client.get("/people/none")
        await client.get("/canary")
    found, failed, unknown = exported.get_finished_spans()
    assert found.parent is not None and (found.parent.trace_id, found.parent.span_id) == ids(PARENT)
    assert (found.name, found.kind, found.attributes) == (
        "GET /people/{id}",
        SpanKind.SERVER,
        {"http.request.method": "GET", "http.route": "/people/{id}", "http.response.status_code": 200},
    )
    assert (failed.parent, failed.status.status_code, unknown.name) == (None, StatusCode.ERROR, "GET unmatched")
    assert "canary" not in found.to_json() + unknown.to_json()
