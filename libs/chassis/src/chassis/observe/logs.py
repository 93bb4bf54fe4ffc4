"""Writes logs: one line per event, as text or JSON; never a body, nor a person's words or name.

What is logged all the same passes a filter that takes tokens, keys, passwords and addresses out of it, also what other
libraries log. No error's text is ever written, nor a traceback by Python itself.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Literal, TextIO
from uuid import UUID

import structlog

from chassis.observe.log_repeats import Repeats
from chassis.redact import redacted_value

Style = Literal["text", "json"]

_FILE_BYTES = 10_000_000
#: fields of all log lines of the present task; one variable, because structlog's, one for each field, cost five times
#: as much for each span
_fields: ContextVar[Mapping[str, object]] = ContextVar("_fields", default=MappingProxyType({}))


def add_bound(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Adds the fields that are bound here to a log line, which may have its own instead (a processor of structlog)."""
    return {**_fields.get(), **line}


_SHARED: list[Any] = [
    add_bound,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
#: what is done to a line; one list for all configurations, as loggers keep the one that they first had
_PROCESSORS: list[Any] = [
    structlog.stdlib.filter_by_level,
    *_SHARED,
    structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
]
#: parts of paths of code that runs handlers and is none
_NOT_OF_HANDLERS = ("site-packages", "/lib/python", "/chassis/delivery/", "/chassis/replay/", "/chassis/storage/", "<")


def configure_logs(
    style: Style,
    level: int = logging.INFO,
    file: Path | None = None,
    *,
    suppressed: Callable[[], object] = lambda: None,
) -> None:
    """Routes structlog and the standard library through one formatter to stderr, and to a file if one is named.

    At 10 MB a new file is begun; the old one is kept beside it as `<name>.1`. Text on a terminal has colours. Warnings
    that repeat are counted (`log_repeats`); `suppressed` is called for each line that is not written.
    """
    structlog.configure(
        processors=_PROCESSORS,
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    repeats = Repeats(_say_repeats, suppressed)
    handlers: list[logging.Handler] = [_Stderr(sys.stderr)]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(_File(file, maxBytes=_FILE_BYTES, backupCount=1, encoding="utf-8"))
    for handler in handlers:
        handler.setFormatter(formatter_of(style, colors=isinstance(handler, _Stderr) and handler.stream.isatty()))
        handler.addFilter(repeats)
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level)
    for noisy in ("aio_pika", "aiormq", "alembic", "httpcore2", "httpx2", "uvicorn", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # tells of each try that it makes again, as those of reports to a receiver that is down
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    # warns of what a client sends, which is answered: a client could fill the log
    logging.getLogger("python_multipart").setLevel(logging.ERROR)


def formatter_of(style: Style, *, colors: bool = False) -> logging.Formatter:
    """Makes what writes lines without errors' texts and secrets."""
    renderer: Any = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=colors)
    )
    formatter = _Formatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _frames_only,
            _without_secrets,
            renderer,
        ],
    )
    formatter.written, formatter.colors = style, colors
    return formatter


def add_handler(handler: logging.Handler) -> None:
    """Has a further handler take the lines that stderr gets, as JSON."""
    root = logging.getLogger()
    handler.setFormatter(formatter_of("json"))
    for each in root.handlers[:1]:
        handler.filters[:] = each.filters
    root.addHandler(handler)


def _say_repeats(name: str, level: int, event: str, repeats: int) -> None:
    """Writes a line of its own, without the trace and job of whoever's line has led to it."""
    before = _fields.get()
    _fields.set({})
    try:
        logger(name).log(level, event, repeats=repeats)
    finally:
        _fields.set(before)


def log_style() -> Style:
    """Returns the style of this process's log, for a child that shares its stderr."""
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    return next((each.written for each in formatters if isinstance(each, _Formatter)), "text")


def _frames_only(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Describes an error by type and place, without its text, which may hold a person's words."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = types_and_places(error)
    event.pop("stack_info", None)
    return event


def _without_secrets(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    return {name: redacted_value(value, name) for name, value in event.items()}


def log_uncaught() -> None:
    """Lets the log take what Python itself would write to stderr with the texts of errors: uncaught errors, warnings.

    It is for a process of ours, since it replaces hooks of the interpreter.
    """
    log = logger(__name__)

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
        else:
            log.critical("an error that nothing caught has ended the process", exc_info=error)

    sys.excepthook = uncaught

    def uncaught_in_thread(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_type is not SystemExit:
            log.error("an error that nothing caught has ended a thread", exc_info=caught.exc_value)

    threading.excepthook = uncaught_in_thread
    sys.unraisablehook = lambda caught: log.error("an error could not be raised", exc_info=caught.exc_value)
    logging.captureWarnings(capture=True)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Writes each line once, for all handlers of its style; that of a file asks twice, for the length and the line."""

    written: Style = "text"
    colors = False

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line of a record, which keeps it."""
        lines: dict[tuple[Style, bool], str] = record.__dict__.setdefault("_lines", {})
        style = self.written, self.colors
        if style not in lines:
            lines[style] = super().format(record)
        return lines[style]


class _Stderr(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Drops a line that cannot be written; the base class would print a traceback with the line's arguments."""


class _File(RotatingFileHandler):
    """Writes to a file; if that fails, for example because the disk is full, says so once on stderr until it works."""

    _failed = _failing = False

    def emit(self, record: logging.LogRecord) -> None:
        """Implements `logging.Handler`."""
        self._failed = False
        super().emit(record)
        self._failing = self._failed

    def handleError(self, record: logging.LogRecord) -> None:
        """Says once that lines are lost; the base class would print a traceback with the line's arguments."""
        self._failed = True
        if not self._failing:
            self._failing = True
            logger(__name__).error("the log file cannot be written", exc_info=True)


def type_and_place(error: BaseException) -> str:
    """Returns an error's type and the frames that it has passed, innermost first; never its text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in reversed(frames))
    return f"{type(error).__module__}.{type(error).__qualname__} at {places}"


def own_places(error: BaseException) -> str:
    """Returns an error's type, the frames of code of ours that it has passed, and the types of what led to it.

    Innermost first, and without what delivers messages: it says where a handler has failed, in a line.
    """
    frames = [
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in reversed(traceback.extract_tb(error.__traceback__))
        if not any(part in frame.filename for part in _NOT_OF_HANDLERS)
    ]
    kinds = [f"{type(each).__module__}.{type(each).__qualname__}" for each in _chain(error)]
    return f"{kinds[0]} at {' < '.join(frames) or 'no code of ours'}" + "".join(f" caused by {k}" for k in kinds[1:])


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return chain


def types_and_places(error: BaseException) -> str:
    """Returns the type and place of an error and of those that led to it."""
    return " caused by ".join(type_and_place(each) for each in _chain(error))


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Adds fields to all log lines of this task, and of the tasks that it starts, until the end of the context.

    Fields that are added within, as by `bind_job`, end with it.
    """
    before = bind(**fields)
    try:
        yield
    finally:
        unbind(before)


def bind(**fields: object) -> Mapping[str, object]:
    """Adds fields as `bound` does, and returns those that there were before, for `unbind`."""
    before = _fields.get()
    _fields.set({**before, **fields})
    return before


def unbind(before: Mapping[str, object]) -> None:
    """Sets the fields of this task's log lines to those that `bind` returned."""
    _fields.set(before)


def bound_ids() -> dict[str, str]:
    """Returns trace and job of this task's log lines, as far as they are known, for a process that works for it."""
    fields = _fields.get()
    return {name: str(fields[name]) for name in ("trace", "job") if fields.get(name) is not None}


def bind_job(job_id: UUID) -> None:
    """Adds the id of a job to all further log lines of this task."""
    _fields.set({**_fields.get(), "job": str(job_id)})


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """Returns the logger of a module."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
