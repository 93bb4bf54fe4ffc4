"""Describes messages in spans by OpenTelemetry's conventions for messaging: names, kinds and attributes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from chassis.bus.base import Outcome, Outgoing
from chassis.delivery.inbox import Claim, Received
from chassis.message.envelope import PREFIX, Envelope
from chassis.observe.logs import bind_job
from chassis.observe.traces import SpanKind, Value, describe, is_recorded, moment, of_try, sibling, span

_TRACEPARENT = f"{PREFIX}traceparent"


def note_publish(system: str, outgoing: Outgoing, began: int, outcome: Outcome) -> None:
    """Records the publish of a message, from its outbox row to the broker's answer, beside what it follows from."""
    parent = outgoing.headers.get(_TRACEPARENT)
    if not is_recorded(parent):
        return
    name, destination = _publishing(outgoing.exchange, outgoing.key)
    attributes: dict[str, Value] = {
        "messaging.system": system,
        "messaging.operation.type": "send",
        "messaging.operation.name": "publish",
        "messaging.destination.name": destination,
        "messaging.rabbitmq.destination.routing_key": outgoing.key,
        "messaging.message.id": outgoing.id,
        "messaging.message.body.size": len(outgoing.body),
        "voxbus.outcome": outcome.value,
    }
    if outcome is not Outcome.CONFIRMED:
        attributes["error.type"] = outcome.value
    moment(name, parent, began, kind=SpanKind.PRODUCER, attributes=attributes)


@cache
def _publishing(exchange: str, key: str) -> tuple[str, str]:
    """Returns the name of a span that publishes, and that of the destination: one text for all that are held."""
    return f"publish {key}", f"{exchange}:{key}"


def note_claim(system: str, consumer: str, received: Received, began: int, claim: Claim | None) -> None:
    """Records the claim of a message, from its delivery to the commit of its inbox row."""
    if not is_recorded(received.envelope.traceparent):
        return
    attributes = _of(system, consumer, [received.envelope], "receive", "claim")
    attributes |= {"voxbus.claimed": "yes" if claim is not None else "no"}
    moment(f"claim {consumer}", received.envelope.traceparent, began, kind=SpanKind.CLIENT, attributes=attributes)


@contextmanager
def processing(
    system: str, consumer: str, received: Sequence[Received], claim: Claim | None = None, *, operation: str = "process"
) -> Iterator[None]:
    """Opens the span of a run of a handler, as a child of the span that a message came from.

    The span of several messages is linked to those of all. That of a further try is linked to the try before, by an id
    that follows from message and handler. The span and the log lines of a run of one job carry its id.
    """
    envelopes = [each.envelope for each in received]
    fence = claim.fence if claim is not None else 1
    before = own = None
    if len(envelopes) == 1:
        [envelope] = envelopes
        own = of_try(envelope.id, consumer, fence)
        if fence > 1:
            before = sibling(envelope.traceparent, of_try(envelope.id, consumer, fence - 1))
    with span(
        f"{operation} {consumer}",
        *(each.traceparent for each in envelopes),
        links=[before],
        attributes=_of(system, consumer, envelopes, "process", operation),
        span_id=own,
    ):
        jobs = {each.job_id for each in envelopes}
        if len(jobs) == 1 and (job := jobs.pop()) is not None:
            bind_job(job)
            describe(job=str(job))
        yield


@contextmanager
def replaying(consumer: str, received: Sequence[Received], *, dry: bool = False) -> Iterator[None]:
    """Opens the span of a replay: a trace of its own, linked to the original of each message. A `dry` one says so."""
    envelopes = [each.envelope for each in received]
    with span(
        f"replay {consumer}",
        links=[each.traceparent for each in envelopes[:100]],
        attributes=_of("voxbus_log", consumer, envelopes, "process", "replay") | ({"voxbus.dry": "yes"} if dry else {}),
    ):
        yield


def _of(system: str, consumer: str, envelopes: Sequence[Envelope], operation: str, name: str) -> dict[str, Value]:
    types = {each.type for each in envelopes}
    destination = consumer if len(types) > 1 or consumer in types else f"{types.pop()}:{consumer}"
    attributes: dict[str, Value] = {
        "messaging.system": system,
        "messaging.operation.type": operation,
        "messaging.operation.name": name,
        "messaging.destination.name": destination,
        "messaging.destination.subscription.name": consumer,
    }
    if len(envelopes) == 1:
        [envelope] = envelopes
        attributes["messaging.message.id"] = envelope.id
        if envelope.correlation is not None:
            attributes["messaging.message.conversation_id"] = envelope.correlation
    else:
        attributes["messaging.batch.message_count"] = len(envelopes)
    return attributes


def now_ns() -> int:
    """Returns the time as spans have it, in nanoseconds since 1970."""
    return time.time_ns()
