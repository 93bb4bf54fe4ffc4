"""Records spans. They are those of every trace: of one that was not drawn they may still be exported.

Most of them never are. One costs a fifth of the processor time of a span of the SDK, whose work (limits, cleaned
attributes, a copy at the end) is done here only where a trace is exported.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.types import Attributes, AttributeValue

#: the name of the tracer of all spans
SCOPE = InstrumentationScope("voxbus")

#: of an attribute of ours; an id becomes a text only where its span is exported
Value = str | int | UUID


@dataclass(slots=True, eq=False)
class Recorded(Span):
    """Holds one span of the process, open or ended. Times are nanoseconds since 1970."""

    ended: Callable[[Recorded], None]
    context: SpanContext
    parent: SpanContext | None
    name: str
    kind: SpanKind
    links: Sequence[Link]
    start_time: int
    attributes: dict[str, AttributeValue | UUID]
    events: Sequence[Event] = ()
    status: StatusCode = StatusCode.UNSET
    end_time: int | None = None

    def end(self, end_time: int | None = None) -> None:
        """Implements `Span`: a second end does nothing."""
        if self.end_time is None:
            self.end_time = time.time_ns() if end_time is None else end_time
            self.ended(self)

    def get_span_context(self) -> SpanContext:
        """Implements `Span`."""
        return self.context

    def is_recording(self) -> bool:
        """Implements `Span`."""
        return self.end_time is None

    def set_attribute(self, key: str, value: AttributeValue | UUID) -> None:
        """Implements `Span`."""
        self.attributes[key] = value

    def set_attributes(self, attributes: Mapping[str, AttributeValue | UUID]) -> None:
        """Implements `Span`."""
        self.attributes.update(attributes)

    def update_name(self, name: str) -> None:
        """Implements `Span`."""
        self.name = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Implements `Span`, without the description: it may hold a person's words."""
        self.status = status if isinstance(status, StatusCode) else status.status_code

    def add_event(self, name: str, attributes: Attributes = None, timestamp: int | None = None) -> None:
        """Implements `Span`."""
        self.events = [*self.events, Event(name, attributes, timestamp)]

    def record_exception(
        self,
        exception: BaseException,
        attributes: Attributes = None,
        timestamp: int | None = None,
        escaped: bool = False,
    ) -> None:
        """Implements `Span`, by the exception's type alone: its text may hold a person's words."""
        self.add_event("exception", {"exception.type": type(exception).__qualname__}, timestamp)

    def exported(self, resource: Resource) -> ReadableSpan:
        """Returns the span as exporters take it, with the flag without which none would."""
        own = self.context
        flags = TraceFlags(own.trace_flags | TraceFlags.SAMPLED)
        return ReadableSpan(
            name=self.name,
            context=SpanContext(own.trace_id, own.span_id, own.is_remote, flags),
            parent=self.parent,
            resource=resource,
            attributes={name: str(each) if isinstance(each, UUID) else each for name, each in self.attributes.items()},
            events=self.events,
            links=self.links,
            kind=self.kind,
            status=Status(self.status),
            start_time=self.start_time,
            end_time=self.end_time,
            instrumentation_scope=SCOPE,
        )
