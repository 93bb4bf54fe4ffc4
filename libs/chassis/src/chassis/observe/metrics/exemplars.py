"""Names the trace that a value was observed in, for OpenMetrics exemplars."""

from __future__ import annotations

from opentelemetry.trace import format_span_id, format_trace_id

from chassis.observe.current_span import current_span


def sampled_trace() -> dict[str, str] | None:
    """Returns the ids of the current span; None outside of one, and in one that no collector will get."""
    span = current_span()
    context = span.get_span_context()
    if not context.trace_flags.sampled or not span.is_recording():
        return None
    return {"trace_id": format_trace_id(context.trace_id), "span_id": format_span_id(context.span_id)}
