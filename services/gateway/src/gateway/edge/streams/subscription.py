"""Holds one client's view of one job: a cursor, and a short buffer between the log's reader and the client."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from chassis.observe import metrics
from chassis.observe.traces import SpanKind, moment

#: events that are buffered for a client before rows wait in the log
ROOM = 64


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """Holds one event as a client sees it: `data` has only the message's shown fields.

    `seq` is None for a transient event. After the event with `terminal` the stream ends.
    """

    seq: int | None
    type: str
    time: datetime
    data: dict[str, Any]
    terminal: bool = False
    #: the trace that it belongs to, and when it was read from the log, in nanoseconds
    traceparent: str | None = None
    read_at: int = 0

    def note_push(self, protocol: str) -> None:
        """Records that a client was sent it, by `sse` or `websocket`, in the trace of what it follows from."""
        attributes = {"voxbus.event": self.type, "network.protocol.name": protocol}
        moment("push", self.traceparent, self.read_at, kind=SpanKind.PRODUCER, attributes=attributes)


#: the name of the last event of every stream, which tells a client to close it and not to connect again
END = "job.end"


def end_of(time: datetime) -> StreamEvent:
    """Returns the last event of a stream, whose job ended at `time`. It has no id, so no client resumes after it."""
    return StreamEvent(None, END, time, {})


#: what can be new of a person: what one is told in the application, or something of one's children
NOTIFICATIONS, CHILDREN = "notifications.changed", "children.changed"


class Doorbell:
    """Tells a client of a person that something is new. Several rings of a kind that it has not heard yet are one.

    The first is at once: what came before the client listened, or was lost, is read again then.
    """

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._closed = False
        #: what is new, in the order in which it rang first
        self._new: dict[str, None] = {}
        self.ring(NOTIFICATIONS)

    def ring(self, what: str) -> None:
        """Says that something is new."""
        self._new[what] = None
        self._rung.set()

    def close(self) -> None:
        """Ends it."""
        self._closed = True
        self._rung.set()

    def __aiter__(self) -> Self:
        """Iterates over the rings."""
        return self

    async def __anext__(self) -> StreamEvent:
        """Returns the next ring. A caller may cancel the wait at any time without losing one."""
        await self._rung.wait()
        if self._closed:
            raise StopAsyncIteration
        what = next(iter(self._new))
        del self._new[what]
        if not self._new:
            self._rung.clear()
        return StreamEvent(None, what, datetime.now(UTC), {})


class Subscription:
    """Buffers a job's events for a client: takes a row only if it follows the cursor, and moves the cursor.

    A slow client delays no other: when its buffer is full, transient events are dropped and rows stay in the log until
    it has caught up; then `ask` requests another read.
    """

    def __init__(self, after: int, ask: Callable[[], None]) -> None:
        self.cursor = after
        self._ask = ask
        self._since = datetime.now(UTC)
        self._fence = 0
        self._buffer: deque[StreamEvent] = deque()
        self._changed = asyncio.Event()
        #: whether the buffer was full and has not been read down to half since then
        self._behind = False
        self._closed = False

    @property
    def wants_rows(self) -> bool:
        """Tells whether a read of the log would yield new events for the client."""
        return not self._closed and not self._behind

    def offer(self, event: StreamEvent) -> None:
        """Takes a row of the log if it follows the cursor and there is room."""
        if self._closed or event.seq != self.cursor + 1:
            return
        if len(self._buffer) >= ROOM:
            return
        self.cursor = event.seq
        self._buffer.append(event)
        self._closed = event.terminal
        self._behind = self._behind or len(self._buffer) >= ROOM
        self._changed.set()

    def offer_transient(self, fence: int, event: StreamEvent) -> None:
        """Takes a transient event of a run, unless a later run has taken over."""
        if self._closed or fence < self._fence or len(self._buffer) >= ROOM // 2:
            return
        self._fence = fence
        self._buffer.append(event)
        self._changed.set()

    def close(self) -> None:
        """Ends the subscription once its buffer is read."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> Self:
        """Iterates over the events to send to the client, in order."""
        return self

    async def __anext__(self) -> StreamEvent:
        """Returns the next event. A caller may cancel the wait at any time without losing an event."""
        while not self._buffer:
            if self._closed:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        event = self._buffer.popleft()
        if event.seq is not None and event.time > self._since and not self._behind:  # no history, and no slow client
            lag = (datetime.now(UTC) - event.time).total_seconds()
            metrics.PUSH_LAG_SECONDS.observe(max(0.0, lag))
        if self._behind and len(self._buffer) <= ROOM // 2:
            self._behind = False
            self._ask()
        return event
