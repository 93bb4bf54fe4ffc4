"""Knows the span that a task is in.

The library keeps it in a context of its own, which each entry copies and each look has to search, some ten times a
request. Nothing but Voxbus makes spans here, so nobody else looks for it.
"""

from __future__ import annotations

from contextvars import ContextVar

from opentelemetry.trace import INVALID_SPAN, Span

_current: ContextVar[Span] = ContextVar("_current", default=INVALID_SPAN)

#: returns the span of this task; outside of any the library's invalid one, of no trace
current_span = _current.get


def enter(span: Span) -> Span:
    """Makes a span that of this task, and of the tasks that it starts; returns the one before, to be entered again."""
    before = _current.get()
    _current.set(span)
    return before
