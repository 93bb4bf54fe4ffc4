"""Traces requests and messages: a message's span continues the trace that its `traceparent` carries (W3C).

The id of a trace is the request id that a client gets, so it is made also without a collector.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from types import TracebackType
from uuid import UUID

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    NoOpTracer,
    Span,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    format_trace_id,
    get_current_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from chassis.observe.current_span import current_span, enter
from chassis.observe.logs import bind, type_and_place, unbind
from chassis.observe.recorded import SCOPE, Recorded, Value
from chassis.observe.tail import SLOW_S, Draw, Tail

__all__ = ["SpanKind", "Value"]

#: this module imports an HTTP client and protobuf, so it is imported only if a collector is named
_EXPORTER = "chassis.observe.otlp"
_PROPAGATOR = TraceContextTextMapPropagator()
_RANDOM = RandomIdGenerator()
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
#: what our own messages carry: read by this, a `traceparent` costs two fifths of what the propagator takes
_OURS = re.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(slots=True)
class _State:
    """Holds what this process traces with. Without a collector spans have ids, and nothing is recorded."""

    draw: Draw | None = None
    tail: Tail | None = None


_state = _State()


def configure_traces(
    service: str,
    otlp_url: str | None,
    *,
    rate: float = 1.0,
    slow: float = SLOW_S,
    key: bytes | None = None,
    processor: SpanProcessor | None = None,
) -> TracerProvider:
    """Makes spans, and exports them if a collector is named. Returns the provider, to be shut down at the end.

    `rate`: the share of traces that is exported in any case; `slow`: from how many seconds on the others are, too.
    `key`: the installation's, by which traces are drawn. `processor` takes the spans in a test, instead of an exporter.
    """
    if processor is None and otlp_url:
        processor = import_module(_EXPORTER).exporter(otlp_url)
    resource = Resource.create({"service.name": f"voxbus-{service}", "service.namespace": "voxbus"})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    _state.draw, _state.tail = None, None
    if processor is not None:
        provider.add_span_processor(processor)
        if not isinstance(provider.get_tracer(SCOPE.name), NoOpTracer):  # as it is where OpenTelemetry is disabled
            _state.draw, _state.tail = Draw(rate, key), Tail(processor, slow=slow, resource=resource)
    return provider


def span(
    name: str,
    *parents: str | None,
    kind: SpanKind = SpanKind.CONSUMER,
    links: Sequence[str | SpanContext | None] = (),
    attributes: Mapping[str, Value] | None = None,
    span_id: int | None = None,
) -> AbstractContextManager[Span]:
    """Opens a span, child of the one `traceparent` that came with a message, or linked to those of several.

    Those of several get a child each, too, of the same time: so it is seen in the trace of each. `links` are further
    ones; `span_id` is its id, where that follows from what it is of. Log lines within it carry the id of the trace. An
    error that leaves the span is exported by type and place, never by its text, which may hold a person's words.
    """
    began = time.time_ns()
    if len(parents) > 1:
        only, several = None, [parent for parent in parents if parent]
        if _state.tail is not None:
            _state.tail.hear(each for each in map(_parsed, several) if each is not None)
    else:
        only, several = _parsed(parents[0]) if parents and parents[0] else None, []
    linked: Sequence[Link] = ()
    if several or links:
        linked = [Link(part) for part in map(_context_of, [*several, *links]) if part is not None]
    return _Open(_begun(name, only, kind, linked, attributes, began, span_id), name, several, began, kind, attributes)


class _Open(AbstractContextManager[Span]):
    """Makes a span the current one of its task, and ends it: a generator in its place would cost twice as much."""

    __slots__ = ("_attributes", "_before", "_began", "_current", "_fields", "_kind", "_name", "_several")

    def __init__(
        self,
        current: Span,
        name: str,
        several: Sequence[str],
        began: int,
        kind: SpanKind,
        attributes: Mapping[str, Value] | None,
    ) -> None:
        """Takes `several`, the `traceparent` of each message in whose trace the span is seen, too."""
        self._current, self._name, self._several = current, name, several
        self._began, self._kind, self._attributes = began, kind, attributes

    def __enter__(self) -> Span:
        self._before = enter(self._current)
        self._fields = bind(trace=format_trace_id(self._current.get_span_context().trace_id))
        return self._current

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        unbind(self._fields)
        if isinstance(error, Exception):
            fail(self._current, error)
        enter(self._before)
        own = self._current.get_span_context()
        try:
            for each in self._several:
                moment(self._name, each, self._began, kind=self._kind, links=[own], attributes=self._attributes)
        finally:
            self._current.end()


def _begun(
    name: str,
    parent: SpanContext | None,
    kind: SpanKind,
    links: Sequence[Link],
    attributes: Mapping[str, Value] | None,
    began: int,
    span_id: int | None,
) -> Span:
    """Begins a span, below the current one without a `parent`, and without a collector one of which nothing is kept."""
    above = parent or current_span().get_span_context()
    if _state.tail is None or _state.draw is None:
        return _unrecorded(above, span_id)
    if above.is_valid:
        trace_id, exported = above.trace_id, _is_exported(above)
        if exported:
            _state.tail.hear((above,))
    else:
        trace_id = _RANDOM.generate_trace_id()
        exported = _state.draw.draws(trace_id)
    flags = _SAMPLED if exported else above.trace_flags
    own = SpanContext(trace_id, span_id or _RANDOM.generate_span_id(), False, flags)
    continues = above if above.is_valid else None
    return Recorded(_state.tail.ended, own, continues, name, kind, links, began, {**(attributes or {})})


def _unrecorded(above: SpanContext, span_id: int | None) -> Span:
    """Returns a span of which there are only the ids: nobody collects any."""
    trace_id = above.trace_id if above.is_valid else _RANDOM.generate_trace_id()
    own = SpanContext(trace_id, span_id or _RANDOM.generate_span_id(), False, above.trace_flags)
    return NonRecordingSpan(own)


def moment(
    name: str,
    parent: str | None,
    began: int,
    ended: int | None = None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    links: Sequence[SpanContext] = (),
    attributes: Mapping[str, Value] | None = None,
) -> None:
    """Records a span that has ended, in nanoseconds since 1970, or ends now; nothing without a collector."""
    context = _parsed(parent) if parent and _state.tail is not None else None
    if context is not None:
        _begun(name, context, kind, [Link(each) for each in links], attributes, began, None).end(ended)


def part(name: str, *, attributes: Mapping[str, Value] | None = None) -> AbstractContextManager[object]:
    """Opens a span within the current one, where there is a collector: what tells where its time goes."""
    wanted = _state.tail is not None and current_span().get_span_context().is_valid
    return span(name, kind=SpanKind.INTERNAL, attributes=attributes) if wanted else nullcontext()


def is_recorded(parent: str | None) -> bool:
    """Tells whether a moment after a `traceparent` is recorded."""
    return _state.tail is not None and parent is not None


def _is_exported(context: SpanContext) -> bool:
    return context.trace_flags.sampled or (_state.tail is not None and _state.tail.keeps(context.trace_id))


@lru_cache(maxsize=1024)
def _parsed(parent: str) -> SpanContext | None:
    if _OURS.fullmatch(parent):
        trace_id, span_id, flags = int(parent[3:35], 16), int(parent[36:52], 16), int(parent[53:], 16)
        found = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
    else:
        found = get_current_span(_PROPAGATOR.extract({"traceparent": parent})).get_span_context()
    return found if found.is_valid else None


def _context_of(link: str | SpanContext | None) -> SpanContext | None:
    return _parsed(link) if isinstance(link, str) else link


def from_client(sent: str | None) -> str | None:
    """Returns a client's `traceparent` as its request continues it; None for one that is not well-formed.

    Its trace's id counts and its span's. Whether the trace is exported is drawn here, alike for each of its requests: a
    client can neither have it exported nor prevent it.
    """
    context = _parsed(sent) if sent else None
    if context is None:
        return None
    drawn = _state.draw is not None and _state.draw.draws(context.trace_id)
    return _written(SpanContext(context.trace_id, context.span_id, is_remote=True, trace_flags=TraceFlags(int(drawn))))


def of_try(message: UUID, handler: str, fence: int) -> int:
    """Returns the id of the span of one try of a message, so that the next try, wherever it runs, can link to it."""
    digest = hashlib.sha256(f"{message}|{handler}|{fence}".encode()).digest()
    return int.from_bytes(digest[:8], "big") or 1


def sibling(parent: str | None, span_id: int) -> SpanContext | None:
    """Returns another span of the trace of a `traceparent`, for a link to it."""
    context = _parsed(parent) if parent else None
    return None if context is None else SpanContext(context.trace_id, span_id, True, context.trace_flags)


def keep(parent: str | None = None) -> None:
    """Has the trace of a `traceparent` exported, or the current one, whatever was drawn."""
    context = _parsed(parent) if parent else current_span().get_span_context()
    if _state.tail is not None and context is not None and context.is_valid:
        _state.tail.keep(context.trace_id)


def keep_if_slow(parent: str | None, seconds: float) -> None:
    """Has a trace exported whose job took `seconds`, if that is slow by the setting."""
    if _state.tail is not None and seconds >= _state.tail.slow:
        keep(parent)


def trace_id() -> str | None:
    """Returns the id of the current trace in hexadecimal; None outside of a span."""
    context = current_span().get_span_context()
    return format_trace_id(context.trace_id) if context.is_valid else None


def fail(current: Span, error: BaseException) -> None:
    """Describes the error that ended a span, and its causes, by OpenTelemetry's attribute names; never by its text."""
    chain = [type_and_place(error)]
    cause = error.__cause__
    while cause is not None:
        chain.append(type_and_place(cause))
        cause = cause.__cause__
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    current.set_status(StatusCode.ERROR)
    current.set_attribute("error.type", name)
    current.add_event("exception", {"exception.type": name, "exception.stacktrace": " caused by ".join(chain)})


def describe(*, failed: bool = False, **attributes: str | int) -> None:
    """Adds attributes to the current span, as `voxbus.<name>`; `failed` sets its status to an error.

    A trace in which something failed is kept from then on, so that what follows from it is, in every process.
    """
    current = current_span()
    current.set_attributes({f"voxbus.{name}": value for name, value in attributes.items()})
    if failed:
        current.set_status(StatusCode.ERROR)
        keep()


def following(cause: str | None) -> str | None:
    """Returns the `traceparent` of a message that follows from one with `cause`: the current span.

    In the span of several messages, which has a trace of its own, it is the cause's, so that each stays in its trace.
    """
    context = _parsed(cause) if cause else None
    current = current_span().get_span_context()
    if context is None or current.trace_id == context.trace_id:
        return traceparent()
    return _written(context)


def traceparent() -> str | None:
    """Returns the current span as a `traceparent` for a message's envelope."""
    context = current_span().get_span_context()
    return _written(context) if context.is_valid else None


def _written(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(_is_exported(context)):02x}"
