"""Tests that one trace leads from a client's request to all its effects, without a word of the client's."""

from __future__ import annotations

import json
from uuid import uuid4

from httpx2 import AsyncClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.message.envelope import Envelope
from services.gateway.tests.integration.fixtures import Bench
from services.gateway.tests.integration.test_door import door, send, sign_up

__all__ = ["door"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"


def children(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    """Returns the spans that are children of the client's."""
    return [each for each in exporter.get_finished_spans() if each.parent and each.parent.span_id == int(SPAN, 16)]


async def test_an_attempts_command_is_caused_by_its_accept_in_the_trace_of_the_client(
    door: AsyncClient, bench: Bench, exported: InMemorySpanExporter
) -> None:
    headers = {**await sign_up(door), "traceparent": f"00-{TRACE}-{SPAN}-01"}
    job_id = (await send(door, headers)).json()["job"]["id"]
    [request] = children(exported)
    [accept] = [each for each in exported.get_finished_spans() if each.name == "accept"]
    assert request.context is not None and accept.parent is not None and accept.context is not None
    assert (request.name, accept.parent.span_id) == ("POST /attempts", request.context.span_id)
    [[written]] = await bench.database.fetch("SELECT headers FROM log WHERE stream_id = $1", job_id)
    envelope = Envelope.parse(json.loads(written) if isinstance(written, str) else written)
    assert envelope.traceparent is not None
    assert envelope.traceparent == f"00-{TRACE}-{accept.context.span_id:016x}-01"


async def test_a_request_is_exported_without_ids_and_query(door: AsyncClient, exported: InMemorySpanExporter) -> None:
    headers = {**await sign_up(door), "traceparent": f"00-{TRACE}-{SPAN}-01"}
    job = uuid4()
    await door.get(f"/jobs/{job}?name=canary", headers=headers)
    [request] = children(exported)
    assert request.name == "GET /jobs/{id}"
    assert str(job) not in request.to_json() and "canary" not in request.to_json()
