"""A trace leads from the gateway's request through the owner to its facts, without a word of the client's."""

from __future__ import annotations

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.web.testing import Caller
from libs.chassis.tests.integration.web.room import Room

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}


async def test_a_fact_belongs_to_the_trace_of_its_request(
    room: Room, author: Caller, exported: InMemorySpanExporter
) -> None:
    await author("POST", "/toys", {"name": "Bear"}, headers=HEADERS)
    [fact] = await room.facts()
    [span] = exported.get_finished_spans()
    assert span.context is not None
    assert fact.traceparent == f"00-{TRACE}-{span.context.span_id:016x}-01"
    assert span.name == "POST /toys"


async def test_spans_hold_the_route_and_nothing_that_was_sent(author: Caller, exported: InMemorySpanExporter) -> None:
    made = await author("POST", "/toys", {"name": "canary-81"}, headers=HEADERS)
    await author("GET", made.headers["location"], headers=HEADERS)
    await author("GET", "/toys?q=canary-82", headers=HEADERS)
    await author("POST", "/toys", {"name": "canary-81"}, headers=HEADERS)
    await author("POST", "/toys", {"name": 83, "canary-84": 1}, headers=HEADERS)
    await author("GET", "/canary-85", headers=HEADERS)
    spans = exported.get_finished_spans()
    assert [span.name for span in spans] == [
        "POST /toys",
        "GET /toys/{id}",
        "GET /toys",
        "POST /toys",
        "POST /toys",
        "GET unmatched",
    ]
    text = " ".join(span.to_json() for span in spans)
    assert "canary" not in text
    assert made.json()["id"] not in text
