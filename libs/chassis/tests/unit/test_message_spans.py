"""Tests what spans of messages are linked to: a try to the try before, a batch to its messages, a replay to them."""

from __future__ import annotations

from datetime import UTC, datetime

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chassis.bus.base import Outcome, Outgoing
from chassis.delivery.inbox import Claim, Received
from chassis.delivery.message_spans import note_publish, processing, replaying
from chassis.message.envelope import Envelope, new_id
from chassis.observe.traces import span, traceparent


def message(parent: str | None) -> Received:
    identity = new_id()
    envelope = Envelope(
        id=identity,
        type="demo.made",
        version=(1, 0),
        source="voxbus/demo",
        time=datetime.now(UTC),
        person_id=new_id(),
        correlation=identity,
        traceparent=parent,
    )
    return Received(envelope, b"{}")


def emitted() -> Received:
    with span("request"):
        return message(traceparent())


def ids(found: ReadableSpan) -> tuple[int, int]:
    assert found.context is not None
    return found.context.trace_id, found.context.span_id


def links(found: ReadableSpan) -> list[tuple[int, int]]:
    return [(each.context.trace_id, each.context.span_id) for each in found.links]


def test_a_further_try_is_linked_to_the_try_before_and_no_person_is_named(exported: InMemorySpanExporter) -> None:
    received = emitted()
    for fence in (1, 2):
        with processing("rabbitmq", "demo.work", [received], Claim("demo.work", received, fence, fence, new_id())):
            pass
    request, first, second = exported.get_finished_spans()
    assert links(first) == [] and links(second) == [ids(first)]
    for each in (first, second):
        assert each.parent is not None and each.parent.span_id == ids(request)[1]
        assert each.attributes == {
            "messaging.system": "rabbitmq",
            "messaging.operation.type": "process",
            "messaging.operation.name": "process",
            "messaging.destination.name": "demo.made:demo.work",
            "messaging.destination.subscription.name": "demo.work",
            "messaging.message.id": str(received.envelope.id),
            "messaging.message.conversation_id": str(received.envelope.id),
        }


def test_a_batch_is_linked_to_its_messages_and_seen_in_the_trace_of_each(exported: InMemorySpanExporter) -> None:
    received = [emitted(), emitted()]
    with processing("rabbitmq", "demo.fold", received):
        pass
    *requests, first, second, batch = exported.get_finished_spans()
    assert links(batch) == [ids(each) for each in requests]
    assert batch.attributes is not None and batch.attributes["messaging.batch.message_count"] == 2
    assert [ids(each)[0] for each in (first, second)] == [ids(each)[0] for each in requests]
    assert links(first) == links(second) == [ids(batch)]


def test_a_replay_is_a_trace_of_its_own_that_is_linked_to_the_original(exported: InMemorySpanExporter) -> None:
    received = emitted()
    with replaying("demo.work", [received]):
        pass
    request, replay = exported.get_finished_spans()
    assert (replay.parent, links(replay)) == (None, [ids(request)])
    assert ids(replay)[0] != ids(request)[0]
    assert "voxbus.dry" not in (replay.attributes or {})


def test_a_dry_replay_says_that_it_is_one(exported: InMemorySpanExporter) -> None:
    with replaying("demo.work", [message(None)], dry=True):
        pass
    [replay] = exported.get_finished_spans()
    assert (replay.attributes or {})["voxbus.dry"] == "yes"


def test_a_publish_that_the_broker_refused_says_so(exported: InMemorySpanExporter) -> None:
    envelope = emitted().envelope
    outgoing = Outgoing("events", envelope.type, envelope.id, envelope.headers(), b"{}")
    note_publish("rabbitmq", outgoing, 1, Outcome.REFUSED)
    _, publish = exported.get_finished_spans()
    told = publish.attributes or {}
    assert (publish.name, told["error.type"], told["voxbus.outcome"]) == ("publish demo.made", "refused", "refused")
    assert told["messaging.destination.name"] == "events:demo.made"
