"""Tests streams on the wire: ids without gaps, pings in silence, an end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from starlette.types import Message

from chassis.web.problems import ProblemError
from gateway.edge.events import EventStream, frames, resume_after
from gateway.edge.limits.concurrent import Streams
from gateway.edge.reads import OwnReads
from gateway.edge.streams.subscription import StreamEvent, Subscription

JOB = UUID("018f6a1e-0000-7000-8000-000000000001")
TIME = datetime(2026, 11, 20, 10, tzinfo=UTC)
ACCEPTED = StreamEvent(1, "attempt.accepted", TIME, {"text": "Rad\nlorry – ü"})
PROGRESS = StreamEvent(None, "progress", TIME, {"transcript": "red"})
ENDED = StreamEvent(2, "job.succeeded", TIME, {}, terminal=True)


async def of(*events: StreamEvent) -> AsyncIterator[StreamEvent]:
    for event in events:
        yield event


async def test_an_event_is_one_line_of_json_and_a_transient_one_has_no_id() -> None:
    sent = [chunk.decode() async for chunk in frames(JOB, of(ACCEPTED, PROGRESS, ENDED, ACCEPTED), 60)]
    assert len(sent) == 4  # nothing but the end after the terminal event
    first, second, last, end = (chunk.split("\n") for chunk in sent)
    assert first[:2] == ["id: 1", "event: attempt.accepted"]
    assert json.loads(first[2].removeprefix("data: ")) == {
        "type": "attempt.accepted",
        "job_id": str(JOB),
        "seq": 1,
        "time": "2026-11-20T10:00:00Z",
        "data": {"text": "Rad\nlorry – ü"},
    }
    assert second[0] == "event: progress"
    assert last[0] == "id: 2"
    assert end[0] == "event: job.end"  # without an id: an EventSource would resume after it
    said = json.loads(end[1].removeprefix("data: "))
    assert said == {"type": "job.end", "job_id": str(JOB), "seq": None, "time": "2026-11-20T10:00:00Z", "data": {}}
    assert all(chunk.endswith("\n\n") for chunk in sent)


async def test_silence_is_broken_by_comments_and_nothing_is_lost() -> None:
    subscription = Subscription(0, lambda: None)
    stream = frames(JOB, subscription, 0.0)
    assert await anext(stream) == b": ping\n\n"
    subscription.offer(ACCEPTED)
    subscription.offer(ENDED)
    rest = [chunk async for chunk in stream if not chunk.startswith(b":")]
    assert [chunk.partition(b"\n")[0] for chunk in rest] == [b"id: 1", b"id: 2", b"event: job.end"]


async def test_a_client_that_leaves_ends_its_subscription() -> None:
    left = asyncio.Event()

    @asynccontextmanager
    async def subscription() -> AsyncIterator[AsyncIterator[StreamEvent]]:
        async def forever() -> AsyncIterator[StreamEvent]:
            yield ACCEPTED
            await asyncio.Event().wait()

        try:
            yield forever()
        finally:
            left.set()

    seen: list[Message] = []
    got_one = asyncio.Event()

    async def send(message: Message) -> None:
        seen.append(message)
        if message.get("body"):
            got_one.set()

    async def receive() -> Message:
        await got_one.wait()
        return {"type": "http.disconnect"}

    await EventStream(JOB, subscription())({"type": "http"}, receive, send)
    assert left.is_set()
    headers = dict(seen[0]["headers"])
    assert headers[b"content-type"].startswith(b"text/event-stream")
    assert headers[b"cache-control"] == b"no-cache"
    assert headers[b"x-accel-buffering"] == b"no"
    assert b"content-length" not in headers


async def test_head_of_a_stream_is_answered_at_once_and_ends_it() -> None:
    @asynccontextmanager
    async def subscription() -> AsyncIterator[AsyncIterator[StreamEvent]]:
        yield Subscription(0, lambda: None)

    seen: list[Message] = []

    async def send(message: Message) -> None:
        seen.append(message)

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {"type": "http", "method": "HEAD", "headers": []}
    async with asyncio.timeout(20):
        await OwnReads(EventStream(JOB, subscription()))(scope, receive, send)
    assert [message["type"] for message in seen] == ["http.response.start", "http.response.body"]
    assert (seen[1]["body"], scope["method"]) == (b"", "HEAD")


async def test_a_client_that_does_not_read_is_left() -> None:
    @asynccontextmanager
    async def subscription() -> AsyncIterator[AsyncIterator[StreamEvent]]:
        yield of(ACCEPTED, ENDED)

    async def send(message: Message) -> None:
        if message.get("body"):
            await asyncio.Event().wait()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(20):
        await EventStream(JOB, subscription(), send_timeout=0.01)({"type": "http"}, receive, send)


async def test_a_stream_ends_with_its_sign_in_and_without_a_terminal_event() -> None:
    ended = asyncio.Event()

    @asynccontextmanager
    async def subscription() -> AsyncIterator[AsyncIterator[StreamEvent]]:
        yield Subscription(0, lambda: None)

    seen: list[Message] = []

    async def send(message: Message) -> None:
        seen.append(message)
        ended.set()

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(20):
        await EventStream(JOB, subscription(), held=nullcontext(ended))({"type": "http"}, receive, send)
    assert [message["type"] for message in seen] == ["http.response.start", "http.response.body"]
    assert (seen[-1]["body"], seen[-1]["more_body"]) == (b"", False)


async def test_streams_of_one_person_are_limited_and_those_of_others_are_not() -> None:
    streams, person, other = Streams(per_person=2), uuid4(), uuid4()
    with streams.place(person), streams.place(other):
        with streams.place(person), pytest.raises(ProblemError) as caught, streams.place(person):
            raise AssertionError
        assert (caught.value.document().status, caught.value.document().type) == (429, "/problems/too-many-streams")
        with streams.place(person):
            pass


@pytest.mark.parametrize(
    ("last", "after", "expected"),
    [
        *((last, 0, 0) for last in (None, "0", "-1", "x", "", "²")),
        ("3", 0, 3),
        ("9", 0, 5),
        ("9" * 40, 0, 5),
        (None, 3, 3),
        (None, 9, 5),
        ("4", 2, 4),  # a browser repeats the URL it has connected with first
        ("x", 2, 2),
    ],
)
def test_a_stream_goes_on_where_it_was_left(last: str | None, after: int, expected: int) -> None:
    assert resume_after(last, after, 5) == expected
