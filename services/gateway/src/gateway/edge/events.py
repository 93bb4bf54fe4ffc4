"""Streams a job's events as they occur: Server-Sent Events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import Field
from starlette.types import Message, Receive, Scope, Send

from chassis.observe.logs import bind_job
from chassis.web.problems import not_found
from chassis.web.validation import QueryInput, check_query
from gateway.edge.context import Ctx, PathId
from gateway.edge.document import Own
from gateway.edge.problems import TOO_MANY_STREAMS
from gateway.edge.streams.shapes import JobEvent
from gateway.edge.streams.subscription import StreamEvent, end_of
from gateway.edge.tickets import Opening, admitted
from gateway.jobs import reading as jobs
from gateway.jobs.reading import JobHead

router = APIRouter(prefix="/jobs", tags=["jobs"])

#: seconds of silence after which a comment keeps proxies from closing the stream
PING_AFTER = 15.0
#: seconds that a client may leave events unread
SEND_TIMEOUT_S = 30.0
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_LAST: Message = {"type": "http.response.body", "body": b"", "more_body": False}
_PING = b": ping\n\n"


class EventStream(Response):
    """Streams a subscription until its terminal event.

    Ends it when the client goes or stops reading, when its sign-in ends, or at a drain.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        job_id: UUID | None,
        subscription: AbstractAsyncContextManager[AsyncIterator[StreamEvent]],
        ping_after: float = PING_AFTER,
        *,
        held: AbstractContextManager[asyncio.Event] | None = None,
        send_timeout: float = SEND_TIMEOUT_S,
    ) -> None:
        """Takes the job whose events these are, or None, and what the stream has `held` while it is open (`admitted`).

        That may refuse the stream, or end it. `send_timeout` as `SEND_TIMEOUT_S`.
        """
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self.job_id = job_id
        self.subscription = subscription
        self.ping_after = ping_after
        self.held = held or nullcontext(asyncio.Event())
        self.send_timeout = send_timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streams over ASGI. Raises the problem of a stream without a place before anything is sent."""
        with self.held as ended:
            await self._stream(receive, send, ended)

    async def _stream(self, receive: Receive, send: Send, ended: asyncio.Event) -> None:
        """Sends until everything is sent, the client has gone, or the stream has `ended`."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_gone(receive))
        ending = asyncio.create_task(ended.wait())
        tasks = (sending, leaving, ending)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            last = not sending.done() and not leaving.done()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        if last:
            async with asyncio.timeout(self.send_timeout):
                await send(_LAST)
        if isinstance(results[0], Exception) and not isinstance(results[0], OSError):
            raise results[0]

    async def _send_all(self, send: Send) -> None:
        async with self.subscription as events:
            async for chunk in frames(self.job_id, events, self.ping_after):
                async with asyncio.timeout(self.send_timeout):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send(_LAST)


async def frames(job_id: UUID | None, events: AsyncIterator[StreamEvent], ping_after: float) -> AsyncIterator[bytes]:
    """Encodes events as bytes on the wire, with a comment after every `ping_after` seconds of silence.

    `job.end` follows the terminal event.
    """
    while True:
        try:
            async with asyncio.timeout(ping_after):  # a cancelled wait loses no event (`Subscription`)
                event = await anext(events)
        except TimeoutError:
            yield _PING
            continue
        except StopAsyncIteration:
            return
        yield frame(job_id, event)
        event.note_push("sse")
        if event.terminal:
            yield frame(job_id, end_of(event.time))
            return


def frame(job_id: UUID | None, event: StreamEvent) -> bytes:
    """Encodes one event; a transient event gets no id, so that no client resumes after it."""
    head = f"id: {event.seq}\n" if event.seq is not None else ""
    text = json.dumps(public_event(job_id, event), ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {event.type}\ndata: {text}\n\n".encode()


def public_event(job_id: UUID | None, event: StreamEvent) -> dict[str, Any]:
    """Shapes one event as a client sees it, over SSE and WebSocket alike.

    `seq` is null for a transient one; one of no job has no `job_id`.
    """
    of_job = {} if job_id is None else {"job_id": str(job_id)}
    return {
        "type": event.type,
        **of_job,
        "seq": event.seq,
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "data": event.data,
    }


def resume_after(last_event_id: str | None, after: int, last_seq: int) -> int:
    """Returns the log row to resume after: the later one of the two that a client has named, 0 for the start.

    A browser that connects again repeats the URL with its first `after` and adds the `Last-Event-ID` it has seen. An id
    that is not a number counts as 0.
    """
    is_number = last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit()
    seen = int(last_event_id[:18]) if last_event_id is not None and is_number else 0
    return min(max(seen, after), last_seq)


def ended_before(job_id: UUID, head: JobHead) -> Response:
    """Returns a stream with `job.end` alone. EventSource would report a 204 to its page as a failure."""
    assert head.finished_at is not None
    return Response(frame(job_id, end_of(head.finished_at)), headers=_HEADERS, media_type=EventStream.media_type)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class StreamQuery(QueryInput):
    """Asks for the events after one."""

    after: int = Field(default=0, ge=0, lt=2**63, description="Resume after this event, as with `Last-Event-ID`.")


async def _once(request: Request) -> None:
    """Refuses a query parameter that was sent twice, which FastAPI would read as the last one."""
    check_query(request.scope["query_string"], StreamQuery.model_fields)


@router.get(
    "/{id}/events",
    status_code=200,
    response_class=EventStream,
    responses={
        200: {
            "model": JobEvent,
            "description": "Events until the terminal one, then `job.end`. Each has this object as its `data`, the "
            "object's type as its `event`, `seq` as its `id`; transient events have no id.",
        },
        204: {
            "description": "`Last-Event-ID` or `after` is at or past the terminal event: nothing more will come. "
            "With a ticket: 200 with `job.end` alone."
        },
    },
)
@Own(access=("own",), problems=(TOO_MANY_STREAMS,), ticket=True)
async def follow_job(
    opened: Opening,
    _: Annotated[None, Depends(_once)],
    id: PathId,
    ctx: Ctx,
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", description="Resume after this event.")] = None,
) -> Response:
    """Follows a job live, from its first event or after the last one seen.

    The last event is `job.end`: close an EventSource then, or it connects again. The later one of `Last-Event-ID` and
    `after` counts.
    """
    bind_job(id)
    head = await jobs.read_head(ctx.database, id, opened.person)
    if head is None:
        raise not_found()
    after = resume_after(last_event_id, query.after, head.last_seq)
    if head.terminal_seq is not None and after >= head.terminal_seq:
        return ended_before(id, head) if opened.by_ticket else Response(status_code=204)
    return EventStream(id, ctx.hub.subscribe(id, after), held=admitted(ctx, opened))
