"""Notes how long the steps of a child's work take, for the process that asked for it, where they become spans."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

#: name, begin and end in nanoseconds since 1970; of the one piece of work that a child does at a time
_steps: list[tuple[str, int, int]] = []


@contextmanager
def step(name: str) -> Iterator[None]:
    """Notes one step; its name is constant, of small letters."""
    began = time.time_ns()
    try:
        yield
    finally:
        _steps.append((name, began, time.time_ns()))


def taken() -> list[tuple[str, int, int]]:
    """Returns the steps since the last call."""
    steps = list(_steps)
    _steps.clear()
    return steps
