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


def linked(exporter: InMemorySpanExporter) -> list[ReadableSpan]:
    """Returns the spans that are linked to the client's."""
    wanted = (int(TRACE, 16), int(SPAN, 16))
    spans = exporter.get_finished_spans()
    return [each for each in spans if wanted in [(link.context.trace_id, link.context.span_id) for link in each.links]]


async def test_an_attempts_command_is_caused_by_its_request_and_that_is_linked_to_the_clients_span(
    door: AsyncClient, bench: Bench, exported: InMemorySpanExporter
) -> None:
    headers = {**await sign_up(door), "traceparent": f"00-{TRACE}-{SPAN}-01"}
    job_id = (await send(door, headers)).json()["job"]["id"]
    [request] = linked(exported)
    assert (request.name, request.parent, request.context is not None) == ("POST /attempts", None, True)
    assert request.context.trace_id != int(TRACE, 16)  # ours, so that no client can name the trace of others
    [[written]] = await bench.database.fetch("SELECT headers FROM log WHERE stream_id = $1", job_id)
    envelope = Envelope.parse(json.loads(written) if isinstance(written, str) else written)
    assert envelope.traceparent is not None
    begin = f"00-{request.context.trace_id:032x}-{request.context.span_id:016x}-"
    assert envelope.traceparent.startswith(begin)


async def test_a_request_is_exported_without_ids_and_query(door: AsyncClient, exported: InMemorySpanExporter) -> None:
    headers = {**await sign_up(door), "traceparent": f"00-{TRACE}-{SPAN}-01"}
    job = uuid4()
    await door.get(f"/jobs/{job}?name=canary", headers=headers)
    [request] = linked(exported)
    assert request.name == "GET /jobs/{id}"
    assert str(job) not in request.to_json() and "canary" not in request.to_json()
