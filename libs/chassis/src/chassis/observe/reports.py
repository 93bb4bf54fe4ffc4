"""Reports errors to a service that collects them, such as Sentry: where they arose, and ids.

A report is made of what the log is told of an error, by a closed list: never an error's text, a request's body or
headers, an address, a user agent, or whose request it was. So a child's is as anybody's.
Nothing is behind this seam: no setting names such a service, and a process of ours reports nothing.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chassis.observe.logs import types_and_places


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorReport:
    """Describes an error. `exception`: its type and place, and those of the errors that led to it, without any text.

    `what` are the constant words of our own log line; None for a line of another library, which may say anything.
    """

    logger: str
    exception: str
    what: str | None
    trace: str | None
    job: str | None


Send = Callable[[ErrorReport], None]
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
        self._send(ErrorReport(logger=record.name, exception=types_and_places(error), **ids))


def _error_of(told: object) -> BaseException | None:
    if told is True:
        told = sys.exc_info()
    if isinstance(told, tuple):
        told = told[1]
    return told if isinstance(told, BaseException) else None
