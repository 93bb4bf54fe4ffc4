"""Reports errors to a service that collects them, such as Sentry: where they arose, and ids.

A report is made of what the log is told of an error, by a closed list: never an error's text, a request's body or
headers, an address, a user agent, or whose request it was. So a child's is as anybody's.
Behind this seam is `sentry`, where `VOXBUS_SENTRY_DSN` is set; without it a process of ours reports nothing.
"""

from __future__ import annotations

import logging
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.observe import metrics
from chassis.observe.logs import types_and_places


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReport:
    """Describes an error. `exception`: its type and place, and those of the errors that led to it, without any text.

    `what` are the constant words of our own log line; None for a line of another library, which may say anything.
    `problem`: the type of problem that the error is, if it is one; `group`: by which reports are the same.
    """

    logger: str
    exception: str
    what: str | None
    trace: str | None
    job: str | None
    problem: str | None = None
    group: tuple[str, ...] = ()


Send = Callable[[ErrorReport], None]
#: reports of one group in a minute
_A_MINUTE = 10
#: what is taken of a log line, by the line's name of it
_NAMES = {"what": "event", "trace": "trace", "job": "job"}


@contextmanager
def reporting(send: Send) -> Iterator[None]:
    """Sends a report of each error that is logged until the end of the context."""
    handler = _Reports(send)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class Limited:
    """Passes on ten reports of a group in a minute, and counts those that it drops: a fault that repeats is one."""

    def __init__(self, send: Send, clock: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._clock = clock
        self._minute, self._sent = 0.0, Counter[tuple[str, ...]]()

    def __call__(self, report: ErrorReport) -> None:
        """Passes on a report, or drops it."""
        if (now := self._clock()) >= self._minute + 60:
            self._minute, self._sent = now, Counter()
        self._sent[report.group] += 1
        if self._sent[report.group] <= _A_MINUTE:
            self._send(report)
        else:
            metrics.ERROR_REPORTS.labels("dropped").inc()


class _Reports(logging.Handler):
    def __init__(self, send: Send) -> None:
        super().__init__(logging.ERROR)
        self._send = send

    def emit(self, record: logging.LogRecord) -> None:
        """Implements `logging.Handler`. A line without an error is no report."""
        fields: Mapping[str, Any] | None = record.msg if isinstance(record.msg, dict) else None
        error = _error_of(record.exc_info if fields is None else fields.get("exc_info"))
        if error is None:
            return
        ids = {name: None if fields is None else fields.get(key) for name, key in _NAMES.items()}
        problem = _problem_of(error)
        group = (problem,) if problem is not None else _place_of(error)
        report = ErrorReport(logger=record.name, exception=types_and_places(error), problem=problem, group=group, **ids)
        self._send(report)


def _problem_of(error: BaseException) -> str | None:
    """Returns the type of problem that an error carries, as those that end a request or a job do."""
    found = getattr(getattr(error, "problem", None), "type", None)
    return found if isinstance(found, str) else None


def _place_of(error: BaseException) -> tuple[str, ...]:
    """Returns an error's type and the function that raised it, without a line, which each release moves."""
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    places = [f"{Path(frame.filename).name} {frame.name}" for frame in frames]
    return (f"{type(error).__module__}.{type(error).__qualname__}", *places)


def _error_of(told: object) -> BaseException | None:
    if told is True:
        told = sys.exc_info()
    if isinstance(told, tuple):
        told = told[1]
    return told if isinstance(told, BaseException) else None
