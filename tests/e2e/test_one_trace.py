"""Tests the one trace of an attempt that succeeds and of one that fails, span by span, as a collector gets it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from httpx2 import Response

from chassis.installation_key import derived_key
from chassis.observe.tail import Draw
from chassis.testing import until
from tests.e2e.conftest import TRACE_SAMPLE
from tests.e2e.test_attempt import SAMPLES, TEXT, WITHIN
from tests.faults.client import Client
from tests.otlp_receiver import Collector, SentSpan, tree

#: name, kind, the parent's name, whether it failed
Tree = set[tuple[str, str, str, bool]]
pytestmark = pytest.mark.timeout(180)

#: what a client says of its own span
PARENT = "b7ad6b7169203331"
#: of every span of a message
MESSAGING = {"messaging.system", "messaging.operation.type", "messaging.operation.name", "messaging.destination.name"}
#: what attributes may be called: nothing of a person, no path, no query
NAMES = MESSAGING | {
    "error.type",
    "http.request.method",
    "http.response.status_code",
    "http.route",
    "messaging.batch.message_count",
    "messaging.destination.subscription.name",
    "messaging.message.body.size",
    "messaging.message.conversation_id",
    "messaging.message.id",
    "messaging.rabbitmq.destination.routing_key",
    "network.protocol.name",
    "voxbus.claimed",
    "voxbus.effect",
    "voxbus.event",
    "voxbus.job",
    "voxbus.kind",
    "voxbus.outcome",
    "voxbus.tries",
}


@pytest.fixture
def drawn(all_in_one: str, data_dir: Path) -> str:
    """Provides the id of a trace that this installation exports, which nobody knows who has not its key."""
    key = derived_key((data_dir / "secret_key").read_text(encoding="ascii").strip(), "sampling of traces")
    draw = Draw(TRACE_SAMPLE, key)
    return next(each.hex for each in (uuid4() for _ in count()) if draw.draws(each.int))


async def traced(
    client: Client, collector: Collector, trace: str, body: bytes, last: str, expected: Tree
) -> tuple[str, list[SentSpan]]:
    """Sends an attempt in a trace of its own and follows its stream; returns its job and the spans of the trace.

    `last`: the event that is pushed last. It waits for what is `expected`, which the caller asserts.
    """
    sent: Response = await client.http.post(
        "/attempts",
        files={"recording": ("a.webm", body)},
        data=TEXT,
        headers={"traceparent": f"00-{trace}-{PARENT}-00", "baggage": "person=canary"},
        timeout=90,
    )
    assert sent.status_code == 202 and sent.headers["x-request-id"] == trace
    job = sent.json()["job"]["id"]
    async with asyncio.timeout(WITHIN), client.http.stream("GET", f"/jobs/{job}/events") as events:
        async for _ in events.aiter_bytes():
            pass

    async def is_whole() -> bool:
        spans = collector.trace(trace)
        return expected <= shape(spans) and any(each.attributes.get("voxbus.event") == last for each in spans)

    with suppress(AssertionError, TimeoutError):
        await until(is_whole, within=WITHIN)
    return job, collector.trace(trace)


def shape(spans: Sequence[SentSpan]) -> Tree:
    """Returns what a trace consists of: name, kind, name of the parent, and whether it failed."""
    names = {each.span_id: each.name for each in spans} | {PARENT: "the client's"}
    return {(each.name, each.kind, names.get(each.parent_id, "unknown"), each.failed) for each in spans}


def named(spans: Sequence[SentSpan], name: str) -> SentSpan:
    """Returns the first span of a name."""
    return next(each for each in spans if each.name == name)


def assert_impersonal(spans: Sequence[SentSpan], person: str) -> None:
    told = " ".join(str(each) for each in spans)
    assert {name for each in spans for name in each.attributes} <= NAMES
    for word in ("canary", "Peter", person, "@", "a.webm"):
        assert word not in told, word


ACCEPT, SPEECH, FEEDBACK = "accept", "process speech.assess_attempt", "process feedback.give_feedback"
RECORD = "record gateway.record"
#: what both have in common
BEGIN = {
    ("POST /attempts", "server", "the client's", False),
    (ACCEPT, "internal", "POST /attempts", False),
    ("publish attempt.assess", "producer", ACCEPT, False),
    ("claim speech.assess_attempt", "client", ACCEPT, False),
    ("publish step.started", "producer", ACCEPT, False),
    (RECORD, "consumer", ACCEPT, False),
    ("push", "producer", ACCEPT, False),
}
SUCCEEDED = BEGIN | {
    (SPEECH, "consumer", ACCEPT, False),
    ("child decoder", "internal", SPEECH, False),
    ("decode", "internal", "child decoder", False),
    ("child ears", "internal", SPEECH, False),
    *((step, "internal", "child ears", False) for step in ("find_speech", "hear", "support", "assess")),
    ("publish attempt.assessed", "producer", SPEECH, False),
    (RECORD, "consumer", SPEECH, False),
    ("push", "producer", SPEECH, False),
    ("process content.project_progress", "consumer", SPEECH, False),
    ("claim feedback.give_feedback", "client", SPEECH, False),
    ("publish step.started", "producer", SPEECH, False),
    (FEEDBACK, "consumer", SPEECH, False),
    ("publish feedback.given", "producer", FEEDBACK, False),
    (RECORD, "consumer", FEEDBACK, False),
    ("push", "producer", FEEDBACK, False),
}
FAILED = BEGIN | {
    (SPEECH, "consumer", ACCEPT, True),
    ("child decoder", "internal", SPEECH, True),
    ("decode", "internal", "child decoder", False),
    ("publish step.failed", "producer", SPEECH, False),
    (RECORD, "consumer", SPEECH, False),
    ("push", "producer", SPEECH, False),
}
#: what follows from the end
_AFTER = re.compile(r"push|record gateway\.record|(publish|process|claim) (job|notify|notification)\.\w+")
#: the end is said by the recorder: in its own span, or where it recorded several events at once, beside the command
ENDS = ({RECORD}, {ACCEPT})


def assert_tree(spans: Sequence[SentSpan], expected: Tree, end: str) -> None:
    found = shape(spans)
    assert expected <= found, "\n".join(tree(spans))
    others = found - expected
    assert not [each for each in others if not _AFTER.fullmatch(each[0]) or each[2] == "unknown" or each[3]], others
    names = {each.span_id: each.name for each in spans}
    [last] = [each for each in spans if each.attributes.get("voxbus.event") == end]
    assert {names[last.parent_id]} in ENDS
    assert {each.service for each in spans} == {"voxbus-all"}


async def test_an_attempt_is_one_trace_from_the_clients_request_to_the_push(
    all_in_one: str, collector: Collector, drawn: str
) -> None:
    body = (SAMPLES / "peter-piper.webm").read_bytes()
    async with Client(all_in_one) as client:
        job, spans = await traced(client, collector, drawn, body, "job.succeeded", SUCCEEDED)
        person = (await client.http.get("/me")).json()["id"]
    assert_tree(spans, SUCCEEDED, "job.succeeded")
    assert_impersonal(spans, person)
    request, accept, work = (named(spans, name) for name in ("POST /attempts", ACCEPT, SPEECH))
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/attempts",
        "http.response.status_code": 202,
    }
    assert accept.attributes == {"voxbus.kind": "attempt", "voxbus.job": job}
    message = work.attributes["messaging.message.id"]
    assert work.attributes == {
        "messaging.system": "voxbus_memory",
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": "attempt.assess:speech.assess_attempt",
        "messaging.destination.subscription.name": "speech.assess_attempt",
        "messaging.message.id": message,
        "messaging.message.conversation_id": message,
        "voxbus.job": job,
        "voxbus.tries": 1,
        "voxbus.outcome": "ok",
    }
    published = named(spans, "publish attempt.assess").attributes
    assert (published["messaging.message.id"], published["messaging.operation.type"]) == (message, "send")
    assert published["messaging.destination.name"] == "jobs:attempt.assess"
    child, decode = named(spans, "child decoder"), named(spans, "decode")
    assert child.began <= decode.began <= decode.ended <= child.ended  # as the child itself measured it


async def test_a_failed_attempt_says_where_it_failed_and_never_by_whose_words(
    all_in_one: str, collector: Collector, drawn: str
) -> None:
    body = b"\x1aE\xdf\xa3 canary, which is no recording"
    async with Client(all_in_one) as client:
        _, spans = await traced(client, collector, drawn, body, "job.failed", FAILED)
        person = (await client.http.get("/me")).json()["id"]
    assert_tree(spans, FAILED, "job.failed")
    assert_impersonal(spans, person)
    assert named(spans, SPEECH).attributes["voxbus.outcome"] == "dead"
    child = named(spans, "child decoder")
    [(event, told)] = child.events
    assert (event, told["exception.type"]) == ("exception", "speech.audio.RecordingUndecodable")
    assert child.attributes["error.type"] == "speech.audio.RecordingUndecodable"
