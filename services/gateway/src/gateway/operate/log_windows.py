"""Cuts a time into windows that are read one after the other, so that no query reads more than it can in its time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

_FIRST = timedelta(hours=1)
_LEAST, _MOST = timedelta(minutes=1), timedelta(days=400)
_TIMES = 4
#: seconds: a window that was read in less is followed by a wider one, one that took longer by a narrower one
_QUICK_S, _SLOW_S = 0.5, 3.0


def windows(since: datetime, until: datetime, *, backwards: bool = False) -> Iterator[tuple[datetime, datetime]]:
    """Yields the windows of a time, from its beginning or its end on. What a caller does with one is its time."""
    width, at = _FIRST, until if backwards else since
    while since < at if backwards else at < until:
        began = time.monotonic()
        edge = max(since, at - width) if backwards else min(until, at + width)
        yield (edge, at) if backwards else (at, edge)
        at = edge
        taken = time.monotonic() - began
        if taken < _QUICK_S:
            width = min(_MOST, width * _TIMES)
        elif taken > _SLOW_S:
            width = max(_LEAST, width / _TIMES)
