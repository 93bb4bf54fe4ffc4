"""Decides which traces are exported: a share of them by lot, and every one in which something failed or was slow.

The lot is drawn where a trace begins, and its result goes with the `traceparent`. It follows from the trace's id and a
key of the installation: it is the same for all requests of a trace, and whoever chooses the id does not know it.

A trace that was not drawn is still recorded: its spans are held here for some minutes. Once one of them fails or
is slow, or a message says that another process keeps the trace, all that are held are exported, and all that follow.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.trace import SpanContext, SpanKind, StatusCode

from chassis.observe.recorded import Recorded

#: spans that are held of all traces, and of one: a kB or two each, so some 15 MB at most
HELD_MAX, _HELD_OF_ONE = 8_192, 256
#: traces that are kept at a time
_KEPT_MAX = 4_096
_NS = 1_000_000_000
#: nanoseconds from the end of a trace's first span here, or from when it is kept, until it is forgotten
HELD_NS = 300 * _NS
#: seconds from which a piece of work is slow, unless a setting says otherwise
SLOW_S = 10.0


class Tail:
    """Passes on the spans of the traces that are exported, and holds those of others, within bounds.

    A span of a server is never slow by its length, since a stream lasts as long as its client likes: `keep` says so.
    """

    def __init__(
        self, then: SpanProcessor, *, slow: float = SLOW_S, most: int = HELD_MAX, resource: Resource | None = None
    ) -> None:
        """Takes `slow`, in seconds, and `most`, the number of spans that are held; `resource` is what they are of."""
        self._then = then
        self._resource = Resource.get_empty() if resource is None else resource
        self.slow = slow
        self._most = most
        self._lock = threading.Lock()
        #: the spans that are held, by trace; none of a trace that is kept
        self._held: OrderedDict[int, list[Recorded]] = OrderedDict()
        #: the traces that are exported although they were not drawn, with the time since when, as spans have it
        self._kept: OrderedDict[int, int] = OrderedDict()
        self.held = 0

    def keeps(self, trace_id: int) -> bool:
        """Tells whether a trace is exported although it was not drawn."""
        return trace_id in self._kept

    def keep(self, trace_id: int) -> None:
        """Exports what is held of a trace, and what will follow of it."""
        now = time.time_ns()
        with self._lock:
            spans = self._held.pop(trace_id, [])
            self.held -= len(spans)
            self._kept[trace_id] = now
            self._kept.move_to_end(trace_id)
            while len(self._kept) > _KEPT_MAX or next(iter(self._kept.values())) < now - HELD_NS:
                self._kept.popitem(last=False)
        for each in spans:
            self._export(each)

    def hear(self, contexts: Iterable[SpanContext]) -> None:
        """Takes note of spans of traces: what is held of one that another process exports is exported, too."""
        for each in contexts:
            if each.trace_flags.sampled and each.trace_id in self._held:
                self.keep(each.trace_id)

    def ended(self, span: Recorded) -> None:
        """Exports a span if its trace was drawn or is kept, for instance because of it; else holds it."""
        context = span.context
        if not context.trace_flags.sampled:
            lasted = (span.end_time or 0) - span.start_time
            if span.status is StatusCode.ERROR or (lasted >= self.slow * _NS and span.kind is not SpanKind.SERVER):
                self.keep(context.trace_id)
            elif self._hold(context.trace_id, span):
                return
        self._export(span)

    def _export(self, span: Recorded) -> None:
        self._then.on_end(span.exported(self._resource))

    def _hold(self, trace_id: int, span: Recorded) -> bool:
        """Holds a span; False if its trace is kept by now, when no other would pass it on."""
        with self._lock:
            if trace_id in self._kept:
                return False
            spans = self._held.get(trace_id)
            if spans is None:
                self._forget_before((span.end_time or 0) - HELD_NS)
                self._held[trace_id] = [span]
            elif len(spans) < _HELD_OF_ONE:
                spans.append(span)
            else:
                return True
            self.held += 1
            if self.held > self._most:
                self._forget_oldest()
            return True

    def _forget_before(self, end: int) -> None:
        """Forgets the traces whose first span here ended before some time."""
        while self._held and (next(iter(self._held.values()))[0].end_time or 0) < end:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        _, spans = self._held.popitem(last=False)
        self.held -= len(spans)


class Draw:
    """Draws a share of the traces that begin here."""

    def __init__(self, rate: float, key: bytes | None = None) -> None:
        """Takes `key`, which all processes have that draw for clients; without one it is this process's own."""
        self._below = int(rate * 2**64)
        self._keyed = hashlib.blake2b(digest_size=8, key=secrets.token_bytes(32) if key is None else key)

    def draws(self, trace_id: int) -> bool:
        """Tells whether a trace is drawn, each time the same."""
        digest = self._keyed.copy()
        digest.update(trace_id.to_bytes(16, "big"))
        return int.from_bytes(digest.digest(), "big") < self._below
