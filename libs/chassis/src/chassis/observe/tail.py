"""Decides which traces are exported: a share of them by lot, and every one in which something failed or was slow.

The lot is drawn where a trace begins, and its result goes with the `traceparent`. It follows from the trace's id and a
key of the installation: it is the same for all requests of a trace, and whoever chooses the id does not know it.

A trace that was not drawn is still recorded (`held`): its spans stay here for some minutes. Once one of them fails or
is slow, or a message says that another process keeps the trace, all that are held are exported, and all that follow.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from chassis.observe.held import Held

#: spans that are held of all traces, and of one: a kB or two each, so some 15 MB at most
HELD_MAX, _HELD_OF_ONE = 8_192, 256
#: traces that are remembered, held or kept
_TRACES_MAX = 4_096
#: seconds from a trace's first span here until it is forgotten
HELD_S = 300.0
#: seconds from which a piece of work is slow, unless a setting says otherwise
SLOW_S = 10.0
_NS = 1_000_000_000


@dataclass(slots=True)
class _Trace:
    since: float
    kept: bool = False
    held: list[Held] = field(default_factory=list)


class Tail(SpanProcessor):
    """Passes on the spans of the traces that are exported, and holds those of others, within bounds.

    A span of a server is never slow by its length, since a stream lasts as long as its client likes: `keep` says so.
    """

    def __init__(
        self,
        then: SpanProcessor,
        *,
        slow: float = SLOW_S,
        most: int = HELD_MAX,
        resource: Resource | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes `slow`, in seconds, and `most`, the number of spans that are held; `resource` is what they are of."""
        self._then = then
        self._resource = Resource.get_empty() if resource is None else resource
        self.slow = slow
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._traces: OrderedDict[int, _Trace] = OrderedDict()
        self._count = 0

    @property
    def held(self) -> int:
        """Returns how many spans are held."""
        return self._count

    def keeps(self, trace_id: int) -> bool:
        """Tells whether a trace is exported although it was not drawn."""
        found = self._traces.get(trace_id)
        return found is not None and found.kept

    def keep(self, trace_id: int) -> None:
        """Exports what is held of a trace, and what will follow of it."""
        with self._lock:
            found = self._found(trace_id)
            spans, found.held, found.kept = found.held, [], True
            self._count -= len(spans)
        for each in spans:
            self._then.on_end(each.exported(self._resource))

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Implements `SpanProcessor`: a trace that another process draws or keeps takes what is held of it here."""
        if (context := span.get_span_context()) is not None:
            self.hear([context])

    def hear(self, contexts: Iterable[SpanContext]) -> None:
        """Takes note of spans of traces: what is held of one that another process exports is exported, too."""
        for each in contexts:
            if each.trace_flags.sampled and each.trace_id in self._traces and not self.keeps(each.trace_id):
                self.keep(each.trace_id)

    def on_end(self, span: ReadableSpan) -> None:
        """Implements `SpanProcessor`: a span of the SDK is one of a trace that is exported."""
        self._then.on_end(span)

    def ended(self, span: Held) -> None:
        """Exports a span if its trace is kept, for instance because of it; else holds it."""
        lasted = (span.end_time or 0) - span.start_time
        if span.status is StatusCode.ERROR or (lasted >= self.slow * _NS and span.kind is not SpanKind.SERVER):
            self.keep(span.context.trace_id)
        elif self._hold(span):
            return
        self._then.on_end(span.exported(self._resource))

    def _hold(self, span: Held) -> bool:
        """Holds a span; False if its trace is kept by now, when no other would pass it on."""
        with self._lock:
            found = self._found(span.context.trace_id)
            if found.kept:
                return False
            if len(found.held) < _HELD_OF_ONE:
                found.held.append(span)
                self._count += 1
                while self._count > self._most:
                    self._forget_oldest()
            return True

    def _found(self, trace_id: int) -> _Trace:
        """Returns a trace; one that is not known begins. Those that began too long ago are forgotten then."""
        found, now = self._traces.get(trace_id), self._clock()
        if found is not None and found.since >= now - HELD_S:
            return found
        while self._traces and next(iter(self._traces.values())).since < now - HELD_S:
            self._forget_oldest()
        if len(self._traces) >= _TRACES_MAX:
            self._forget_oldest()
        begun = self._traces[trace_id] = _Trace(now)
        return begun

    def _forget_oldest(self) -> None:
        _, forgotten = self._traces.popitem(last=False)
        self._count -= len(forgotten.held)

    def shutdown(self) -> None:
        """Implements `SpanProcessor`."""
        self._then.shutdown()

    def force_flush(self, timeout_millis: int | None = None) -> bool:
        """Implements `SpanProcessor`."""
        return self._then.force_flush() if timeout_millis is None else self._then.force_flush(timeout_millis)


class Draw:
    """Draws a share of the traces that begin here."""

    def __init__(self, rate: float, key: bytes | None = None) -> None:
        """Takes `key`, which all processes have that draw for clients; without one it is this process's own."""
        self._below = int(rate * 2**64)
        self._key = secrets.token_bytes(32) if key is None else key

    def draws(self, trace_id: int) -> bool:
        """Tells whether a trace is drawn, each time the same."""
        digest = hashlib.blake2b(trace_id.to_bytes(16, "big"), digest_size=8, key=self._key).digest()
        return int.from_bytes(digest, "big") < self._below
