"""Tests which traces are exported: by lot, by failure, by length, and never because a client says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode
from starlette.types import Message, Receive, Scope, Send

from chassis.observe.recorded import Recorded
from chassis.observe.request_spans import RequestSpans
from chassis.observe.tail import HELD_NS, Draw, Tail
from chassis.observe.traces import (
    configure_traces,
    describe,
    from_client,
    keep,
    keep_if_slow,
    moment,
    part,
    span,
    traceparent,
)

CLIENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-"


@pytest.fixture
def nothing_drawn() -> Iterator[InMemorySpanExporter]:
    """Exports no trace by lot."""
    exporter = InMemorySpanExporter()
    configure_traces("test", None, rate=0, processor=SimpleSpanProcessor(exporter))
    yield exporter
    configure_traces("test", None)


def names(exporter: InMemorySpanExporter) -> list[str]:
    return [each.name for each in exporter.get_finished_spans()]


def test_what_goes_well_is_not_exported_and_what_fails_is_with_all_that_led_to_it(
    nothing_drawn: InMemorySpanExporter,
) -> None:
    with span("well"), span("inner"):
        pass
    with span("request"):
        with span("before"):
            pass
        with pytest.raises(ValueError, match="canary"), span("fails"):
            raise ValueError("canary")
        with span("after"):
            pass
    assert names(nothing_drawn) == ["before", "fails", "after", "request"]
    assert {each.context.trace_flags.sampled for each in nothing_drawn.get_finished_spans() if each.context} == {True}


def test_a_failure_tells_what_follows_from_it_in_other_processes(nothing_drawn: InMemorySpanExporter) -> None:
    with span("try"):
        assert (traceparent() or "").endswith("-00")
        describe(failed=True)
        follows = traceparent() or ""
    assert follows.endswith("-01")


def test_what_another_process_keeps_is_kept_here_also_what_came_before(nothing_drawn: InMemorySpanExporter) -> None:
    with span("request"):
        sent = traceparent() or ""
    assert names(nothing_drawn) == []
    with span("hears of it", sent.removesuffix("00") + "01"):
        pass
    assert names(nothing_drawn) == ["request", "hears of it"]


def test_a_job_is_kept_at_its_end_if_it_was_slow(nothing_drawn: InMemorySpanExporter) -> None:
    with span("fast"):
        fast = traceparent()
    with span("slow"):
        slow = traceparent()
    keep_if_slow(fast, 9.9)
    keep_if_slow(slow, 10.0)
    assert names(nothing_drawn) == ["slow"]


def test_what_fails_late_is_exported_with_the_moments_and_parts_before_it(nothing_drawn: InMemorySpanExporter) -> None:
    with span("well"):
        moment("unseen", traceparent(), 1, 2)
        with part("unseen part"):
            pass
    with span("request"):
        with part("accept", attributes={"voxbus.kind": "attempt"}):
            accepted = traceparent() or ""
        moment("publish", accepted, 1, 2, kind=SpanKind.PRODUCER, attributes={"voxbus.outcome": "confirmed"})
    with span("process", accepted):
        assert names(nothing_drawn) == []
        describe(failed=True)
        moment("record", accepted, 3, 4)
    spans = {each.name: each for each in nothing_drawn.get_finished_spans()}
    assert list(spans) == ["accept", "publish", "request", "record", "process"]
    assert len({each.context.trace_id for each in spans.values()}) == 1
    parents = {name: each.parent.span_id if each.parent else None for name, each in spans.items()}
    assert parents["accept"] == spans["request"].context.span_id
    assert {parents[name] for name in ("publish", "record", "process")} == {spans["accept"].context.span_id}
    publish = spans["publish"]
    assert (publish.start_time, publish.end_time, publish.kind) == (1, 2, SpanKind.PRODUCER)
    assert dict(publish.attributes or {}) == {"voxbus.outcome": "confirmed"}
    assert publish.resource.attributes["service.name"] == "voxbus-test"


def test_a_part_that_fails_says_by_what_and_never_whose_words(nothing_drawn: InMemorySpanExporter) -> None:
    with span("request"):
        with pytest.raises(ValueError, match="canary"), part("accept"):
            raise ValueError("canary")
        keep()
    [accept, _] = nothing_drawn.get_finished_spans()
    assert dict(accept.attributes or {}) == {"error.type": "builtins.ValueError"}
    assert not accept.status.is_ok and "canary" not in accept.to_json()


@pytest.mark.parametrize(("rate", "flag"), [(0, "00"), (1, "01")])
@pytest.mark.parametrize("sent", ["00", "01", "ff"])
def test_a_client_can_neither_have_its_trace_exported_nor_prevent_it(rate: float, flag: str, sent: str) -> None:
    exporter = InMemorySpanExporter()
    configure_traces("test", None, rate=rate, processor=SimpleSpanProcessor(exporter))
    with span("GET", from_client(f"{CLIENT}{sent}"), kind=SpanKind.SERVER):
        assert (traceparent() or "").endswith(f"-{flag}")
    assert len(exporter.get_finished_spans()) == rate
    configure_traces("test", None)


@pytest.mark.parametrize("sent", [None, "", "00-canary", CLIENT + "zz", CLIENT.replace("0af", "0AF"), "é"])
def test_what_is_no_traceparent_is_none(sent: str | None) -> None:
    assert from_client(sent) is None


def test_all_requests_of_a_trace_are_drawn_alike_in_each_process_by_a_key_that_no_client_knows() -> None:
    processes = [Draw(0.5, b"the installation's") for _ in range(2)]
    other = Draw(0.5, b"another's")
    drawn = [processes[0].draws(each) for each in range(1_000)]
    assert drawn == [processes[0].draws(each) for each in range(1_000)]
    assert drawn == [processes[1].draws(each) for each in range(1_000)]
    assert drawn != [other.draws(each) for each in range(1_000)]
    assert 400 < sum(drawn) < 600
    for rate, all_of_them in ((0, False), (1, True)):
        assert {Draw(rate).draws(each) for each in range(100)} == {all_of_them}


def test_many_requests_of_a_clients_trace_are_all_exported_or_none() -> None:
    exporter = InMemorySpanExporter()
    configure_traces("test", None, rate=0.5, key=b"the installation's", processor=SimpleSpanProcessor(exporter))
    for trace in range(1, 41):
        for _ in range(5):
            with span("GET", from_client(f"00-{trace:032x}-b7ad6b7169203331-01"), kind=SpanKind.SERVER):
                pass
    found = Counter(each.context.trace_id for each in exporter.get_finished_spans() if each.context is not None)
    assert set(found.values()) == {5} and 5 < len(found) < 35
    configure_traces("test", None)


@pytest.mark.parametrize(("sends_s", "answers_s", "kept"), [(60, 0, 0), (0, 60, 1)])
async def test_a_slow_upload_is_no_slow_request(
    monkeypatch: pytest.MonkeyPatch,
    nothing_drawn: InMemorySpanExporter,
    sends_s: float,
    answers_s: float,
    kept: int,
) -> None:
    now = 0.0
    monkeypatch.setattr("chassis.observe.request_spans.time.monotonic", lambda: now)

    async def receive() -> Message:
        nonlocal now
        now += sends_s
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal now
        await receive()
        now += answers_s
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/attempts", "headers": []}
    await RequestSpans(answers, public=True)(scope, receive, send)
    assert len(names(nothing_drawn)) == kept
    assert dict(sent[0]["headers"])[b"traceparent"].endswith(b"-00")  # what is kept or drawn is not told


def test_what_is_held_is_bounded_by_spans_and_by_time() -> None:
    tail = Tail(SimpleSpanProcessor(InMemorySpanExporter()), most=3)

    def ends(trace: int, when: int) -> None:
        context = SpanContext(trace, 1, is_remote=False)
        Recorded(tail.ended, context, None, "one", SpanKind.INTERNAL, (), when, {}).end(when)

    for trace in range(1, 11):
        ends(trace, 1)
    assert tail.held == 3
    ends(11, HELD_NS + 2)
    assert tail.held == 1


def test_a_trace_is_kept_again_long_after_it_was(
    monkeypatch: pytest.MonkeyPatch, nothing_drawn: InMemorySpanExporter
) -> None:
    now = 1
    monkeypatch.setattr("chassis.observe.tail.time.time_ns", lambda: now)
    with span("job"):
        first = traceparent()
        keep()
    now += HELD_NS + 1
    keep(first)
    moment("next try", first, 1, 2)
    assert names(nothing_drawn) == ["job", "next try"]


def test_of_one_trace_so_many_spans_are_held_and_no_more(nothing_drawn: InMemorySpanExporter) -> None:
    with span("request"):
        for number in range(300):
            moment(f"{number}", traceparent(), 1, 2)
        keep()
    assert names(nothing_drawn) == [*map(str, range(256)), "request"]


def test_a_span_that_was_held_is_exported_with_all_that_was_said_of_it(nothing_drawn: InMemorySpanExporter) -> None:
    with span("cause"):
        cause = traceparent()
    with span("request", kind=SpanKind.SERVER) as request:
        with span("named", links=[cause], attributes={"of": "us"}, span_id=7) as named:
            named.update_name("renamed")
            named.set_attribute("one", 1)
            named.set_status(Status(StatusCode.ERROR, "canary"))
            named.add_event("happened", {"at": "once"})
            named.record_exception(ValueError("canary"))
        named.end()
    assert names(nothing_drawn) == ["renamed", "request"]
    found, server = nothing_drawn.get_finished_spans()
    assert found.context is not None and found.context.span_id == 7
    assert found.parent is not None and found.parent.span_id == request.get_span_context().span_id
    assert (dict(found.attributes or {}), found.status.description) == ({"of": "us", "one": 1}, None)
    assert [(each.name, dict(each.attributes or {})) for each in found.events] == [
        ("happened", {"at": "once"}),
        ("exception", {"exception.type": "ValueError"}),
    ]
    assert f"{found.links[0].context.trace_id:032x}" == (cause or "").split("-")[1]
    assert found.resource.attributes["service.name"] == "voxbus-test" and server.kind is SpanKind.SERVER
    assert (found.end_time or 0) >= (found.start_time or 0) > 0
