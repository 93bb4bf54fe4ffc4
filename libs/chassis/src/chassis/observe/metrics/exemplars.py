"""Names the trace that a value was observed in, for OpenMetrics exemplars."""

from __future__ import annotations

from opentelemetry import trace


def sampled_trace() -> dict[str, str] | None:
    """Returns the ids of the current span; None outside of one, and in one that no collector will get."""
    span = trace.get_current_span()
    context = span.get_span_context()
    if not context.trace_flags.sampled or not span.is_recording():
        return None
    return {"trace_id": trace.format_trace_id(context.trace_id), "span_id": trace.format_span_id(context.span_id)}
